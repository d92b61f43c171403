// A field of terms, one a line, becomes tokens that say how many posts each finds. The text area
// stays what is sent, and hears of each change.
const ENDS = /[,、，\n]+/;

const make = (tag, properties, ...inside) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...inside);
  return made;
};

class TokenField {
  constructor(field) {
    this.words = field.dataset;
    this.area = field.querySelector("textarea");
    this.near = field.querySelector(".near");
    this.known = new Map(JSON.parse(field.dataset.counts).map((each) => [each.text, each]));
    this.asked = new Set();
    this.at = -1;
    const { id } = this.area;
    this.input = make("input", { id: `${id}-add`, type: "text", autocomplete: "off", spellcheck: false, autocapitalize: "none", role: "combobox" });
    this.input.setAttribute("aria-autocomplete", "list");
    this.input.setAttribute("aria-controls", `${id}-options`);
    this.input.setAttribute("aria-expanded", "false");
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (this.area.hasAttribute(name)) this.input.setAttribute(name, this.area.getAttribute(name));
    }
    const label = document.querySelector(`label[for="${id}"]`);
    label.htmlFor = this.input.id;
    this.list = make("ul", { id: `${id}-options`, className: "options", role: "listbox", hidden: true });
    this.list.setAttribute("aria-label", label.textContent.trim());
    this.box = field.querySelector(".tokens");
    this.box.removeAttribute("aria-hidden");
    this.box.replaceChildren(this.input);
    this.area.hidden = true;
    this.near.before(this.list);
    this.show();
    this.listen();
    this.count();
  }

  get terms() {
    return this.area.value.split("\n").map((line) => line.trim()).filter(Boolean);
  }

  set terms(terms) {
    this.area.value = [...new Set(terms)].join("\n");
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
    this.area.dispatchEvent(new Event("change", { bubbles: true }));
  }

  show() {
    for (const each of this.box.querySelectorAll(".token")) each.remove();
    for (const term of this.terms) this.input.before(this.token(term));
    this.near.replaceChildren(...this.terms.filter((term) => this.known.get(term)?.posts === 0).map((term) => this.instead(term)));
  }

  token(term) {
    const { posts, words } = this.known.get(term) ?? {};
    const remove = make("button", { type: "button", textContent: "×" });
    remove.setAttribute("aria-label", `${this.words.remove} ${term}`);
    remove.addEventListener("click", (event) => this.remove(term, event));
    const count = make("span", { className: "n", textContent: posts === 0 ? this.words.none : words ?? "" });
    return make("span", { className: posts === 0 ? "token none" : "token" }, make("span", { textContent: term }), " ", count, remove);
  }

  // A term that finds nothing is said beside it, with what would find something.
  instead(term) {
    const near = this.known.get(term).near.flatMap(({ text, words }) => {
      const use = make("button", { type: "button", className: "btn small", textContent: this.words.instead.replace("{term}", `${text} (${words})`) });
      use.addEventListener("click", () => {
        this.learn(this.known.get(term).near);
        this.terms = this.terms.map((each) => (each === term ? text : each));
        this.show();
        this.input.focus();
      });
      return [" ", use];
    });
    // Where nothing would, the token says enough to who sees it.
    return make("p", { className: near.length ? "note small" : "sr" }, make("b", { textContent: term }), ` ${this.words.findsNothing}`, ...near);
  }

  // Under the pointer the others stay where they are until it has left.
  remove(term, event) {
    this.terms = this.terms.filter((each) => each !== term);
    if (event.detail && this.box.matches(":hover")) {
      event.target.closest(".token").classList.add("gone");
      event.target.disabled = true;
      this.box.addEventListener("pointerleave", () => this.show(), { once: true });
    } else {
      this.show();
    }
    this.input.focus();
  }

  // What is typed or pasted ends in tokens.
  add(added) {
    this.input.value = "";
    this.close();
    const terms = added.map((each) => each.trim()).filter(Boolean);
    if (!terms.length) return;
    this.terms = [...this.terms, ...terms];
    this.show();
    this.count();
  }

  // Of terms that find nothing it is asked, too, what would, once somebody is about to change them.
  async count(isChanging = false) {
    const unknown = this.terms.filter((term) => !this.asked.has(term) && (isChanging ? !this.known.get(term)?.posts : !this.known.has(term)));
    if (!unknown.length) return;
    for (const term of unknown) this.asked.add(term);
    this.learn(await this.ask(unknown.map((term) => ["term", term])));
    this.show();
  }

  learn(terms) {
    for (const each of terms) this.known.set(each.text, each);
  }

  async ask(query) {
    const address = new URL(this.words.tokens, location);
    for (const [name, value] of query) address.searchParams.append(name, value);
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    return answer.ok ? answer.json() : [];
  }

  async offer() {
    const typed = this.input.value.trim();
    const found = typed ? await this.ask([["q", typed]]) : [];
    if (typed !== this.input.value.trim()) return; // another answer is on its way
    this.learn(found);
    const options = found.filter(({ text }) => !this.terms.includes(text)).map(({ text, words }, n) => {
      const option = make("li", { id: `${this.list.id}-${n}`, role: "option" }, make("span", { textContent: text }), make("span", { className: "n", textContent: words }));
      option.dataset.term = text;
      option.setAttribute("aria-selected", "false");
      return option;
    });
    this.list.replaceChildren(...options);
    this.list.hidden = !options.length;
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
    let waiting;
    this.input.addEventListener("input", (event) => {
      event.stopPropagation(); // of the form only the text area is of interest
      if (!event.isComposing && ENDS.test(this.input.value)) this.add(this.input.value.split(ENDS));
      clearTimeout(waiting);
      waiting = setTimeout(() => this.offer(), 150);
    });
    this.input.addEventListener("change", (event) => event.stopPropagation());
    this.input.addEventListener("focus", () => this.count(true));
    this.input.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text");
      if (!ENDS.test(text)) return;
      event.preventDefault();
      this.add((this.input.value + text).split(ENDS));
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const chosen = this.list.querySelector("[aria-selected=true]");
      if (step && !this.list.hidden) this.choose(this.at + step);
      else if (event.key === "Escape" && !this.list.hidden) this.close();
      else if (event.key === "Enter" && chosen) this.add([chosen.dataset.term]);
      else if (event.key === "Enter" && this.input.value.trim()) this.add(this.input.value.split(ENDS));
      else if (event.key === "Backspace" && !this.input.value && this.terms.length) {
        this.terms = this.terms.slice(0, -1);
        this.show();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("li");
      if (option) this.add([option.dataset.term]);
    });
    this.input.addEventListener("blur", () => this.add(this.input.value.split(ENDS)));
    this.box.addEventListener("click", (event) => event.target === this.box && this.input.focus());
  }
}

document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  for (const field of elt.querySelectorAll("[data-tokens]")) {
    if (!field.querySelector("[role=combobox]")) new TokenField(field);
  }
});
