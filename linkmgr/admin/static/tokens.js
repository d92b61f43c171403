// A field of terms, one a line, becomes tokens that say how many posts each finds. The text area
// stays what is sent, and hears of each change.
const ENDS = /[,、，\n]+/;
const MOST_OFFERED = 8;

const make = (tag, properties, ...inside) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...inside);
  return made;
};

class TokenField {
  constructor(field) {
    this.words = field.dataset;
    this.area = field.querySelector("textarea");
    this.posts = new Map(Object.entries(JSON.parse(field.dataset.counts)).map(([term, posts]) => [term, String(posts)]));
    this.at = -1;
    const { id } = this.area;
    this.input = make("input", { id: `${id}-add`, type: "text", autocomplete: "off", spellcheck: false, role: "combobox" });
    this.input.setAttribute("aria-autocomplete", "list");
    this.input.setAttribute("aria-controls", `${id}-options`);
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (this.area.hasAttribute(name)) this.input.setAttribute(name, this.area.getAttribute(name));
    }
    const label = document.querySelector(`label[for="${id}"]`);
    label.htmlFor = this.input.id;
    this.list = make("ul", { id: `${id}-options`, className: "options", role: "listbox", hidden: true });
    this.list.setAttribute("aria-label", label.textContent.trim());
    this.box = make("div", { className: "tokens" }, this.input);
    this.area.hidden = true;
    field.append(this.box, this.list);
    this.show();
    this.listen();
  }

  get terms() {
    return this.area.value.split("\n").map((line) => line.trim()).filter(Boolean);
  }

  set terms(terms) {
    this.area.value = [...new Set(terms)].join("\n");
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
    this.area.dispatchEvent(new Event("change", { bubbles: true }));
    this.show();
  }

  show() {
    for (const each of this.box.querySelectorAll(".token")) each.remove();
    for (const term of this.terms) this.input.before(this.token(term));
  }

  token(term) {
    const posts = this.posts.get(term);
    const remove = make("button", { type: "button", textContent: "×" });
    remove.setAttribute("aria-label", `${this.words.remove} ${term}`);
    remove.addEventListener("click", () => {
      this.terms = this.terms.filter((each) => each !== term);
      this.input.focus();
    });
    const count = make("span", { className: "n", textContent: posts === "0" ? this.words.none : posts ?? "" });
    return make("span", { className: posts === "0" ? "token none" : "token" }, make("span", { textContent: term }), " ", count, remove);
  }

  // What is typed or pasted ends in tokens; what they find is asked for each that is new.
  async add(text) {
    const added = text.split(ENDS).map((each) => each.trim()).filter(Boolean);
    this.input.value = "";
    this.close();
    if (!added.length) return;
    this.terms = [...this.terms, ...added];
    const asked = added.filter((term) => !this.posts.has(term));
    await Promise.all(asked.map(async (term) => {
      const same = (await this.find(term)).find(({ value }) => value === term);
      this.posts.set(term, same ? same.posts : "0");
    }));
    if (asked.length) this.show();
  }

  async find(typed) {
    const answer = await fetch(`${this.words.tokens}?${new URLSearchParams({ q: typed })}`);
    if (!answer.ok) return [];
    const page = new DOMParser().parseFromString(`<select>${await answer.text()}</select>`, "text/html");
    return [...page.querySelectorAll("option")].map(({ value, label }) => ({ value, posts: label === value ? "" : label }));
  }

  async offer() {
    const typed = this.input.value.trim();
    const found = typed ? await this.find(typed) : [];
    if (typed !== this.input.value.trim()) return; // another answer is on its way
    const offered = found.filter(({ value }) => !this.terms.includes(value)).slice(0, MOST_OFFERED);
    for (const { value, posts } of offered) this.posts.set(value, posts);
    this.list.replaceChildren(...offered.map(({ value, posts }, n) => {
      const option = make("li", { id: `${this.list.id}-${n}`, role: "option" }, make("span", { textContent: value }), make("span", { className: "n", textContent: posts }));
      option.dataset.value = value;
      option.setAttribute("aria-selected", "false");
      return option;
    }));
    this.list.hidden = !offered.length;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.choose(-1);
  }

  choose(at) {
    const options = [...this.list.children];
    this.at = Math.max(-1, Math.min(at, options.length - 1));
    options.forEach((each, n) => each.setAttribute("aria-selected", String(n === this.at)));
    if (this.at < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", options[this.at].id);
  }

  close() {
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.setAttribute("aria-expanded", "false");
    this.choose(-1);
  }

  listen() {
    this.input.setAttribute("aria-expanded", "false");
    let waiting;
    this.input.addEventListener("input", (event) => {
      event.stopPropagation(); // of the form only the text area is of interest
      if (!event.isComposing && ENDS.test(this.input.value)) this.add(this.input.value);
      clearTimeout(waiting);
      waiting = setTimeout(() => this.offer(), 150);
    });
    this.input.addEventListener("change", (event) => event.stopPropagation());
    this.input.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text");
      if (!ENDS.test(text)) return;
      event.preventDefault();
      this.add(this.input.value + text);
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const [chosen] = this.list.querySelectorAll("[aria-selected=true]");
      if (step && !this.list.hidden) this.choose(this.at + step);
      else if (event.key === "Escape" && !this.list.hidden) this.close();
      else if (event.key === "Enter" && (chosen || this.input.value.trim())) this.add(chosen?.dataset.value ?? this.input.value);
      else if (event.key === "Backspace" && !this.input.value) this.terms = this.terms.slice(0, -1);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("li");
      if (option) this.add(option.dataset.value);
    });
    this.input.addEventListener("blur", () => this.add(this.input.value));
    this.box.addEventListener("click", (event) => event.target === this.box && this.input.focus());
  }
}

document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  for (const field of elt.querySelectorAll("[data-tokens]")) {
    if (!field.querySelector(".tokens")) new TokenField(field);
  }
});
