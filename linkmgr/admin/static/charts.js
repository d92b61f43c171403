// A chart shows the numbers of a step, out of the table under it, to pointer, finger and keyboard.
const numbersOf = (drawing) => {
  const table = document.getElementById(drawing.dataset.table);
  return { headings: table.tHead.rows[0].cells, rows: table.tBodies[0].rows };
};
const textOf = (node) => node.textContent.trim();

// Where a step is, as shares of the drawing: `lines` have a point for each.
const placeOf = (drawing, step) => {
  const size = drawing.querySelector(".lines").viewBox.baseVal;
  return [...drawing.querySelectorAll("polyline")].flatMap((line) => {
    const point = [...line.points].find(({ x }) => x === step);
    return point ? [{ name: line.classList[0], x: point.x / size.width, y: point.y / size.height }] : [];
  });
};

const show = (drawing, step) => {
  const { headings, rows } = numbersOf(drawing);
  const at = Math.max(0, Math.min(step, rows.length - 1));
  const [name, ...cells] = rows[at].cells;
  const lines = cells.filter(textOf).map((cell) => {
    const other = cell.querySelector("[data-step]"); // the step that it is compared with
    const number = cell.querySelector(".sr") ?? cell.firstChild; // a dash says why it is one
    return `${textOf(other ?? headings[cell.cellIndex])}: ${textOf(number)}`;
  });
  drawing.dataset.step = at;
  drawing.setAttribute("aria-valuenow", at);
  drawing.setAttribute("aria-valuetext", [textOf(name), ...lines].join(", "));
  hide(drawing);
  const mark = document.createElement("div");
  mark.className = "at-step";
  mark.setAttribute("aria-hidden", "true");
  const places = placeOf(drawing, at);
  for (const { name: line, y } of places) {
    const dot = document.createElement("i");
    dot.className = line;
    dot.style.top = `${y * 100}%`;
    mark.append(dot);
  }
  const tip = document.createElement("div");
  tip.className = "tip";
  for (const text of [textOf(name), ...lines]) {
    const line = document.createElement("div");
    line.textContent = text;
    tip.append(line);
  }
  const x = at / drawing.querySelector(".lines").viewBox.baseVal.width;
  mark.style.left = `${x * 100}%`;
  tip.classList.toggle("leftwards", x > 0.5);
  mark.append(tip);
  drawing.append(mark);
};

const hide = (drawing) => drawing.querySelector(".at-step")?.remove();

const stepUnder = (drawing, clientX) => {
  const box = drawing.getBoundingClientRect();
  const { width } = drawing.querySelector(".lines").viewBox.baseVal;
  return Math.round(((clientX - box.left) / box.width) * width);
};

const KEYS = {
  ArrowLeft: (step) => step - 1,
  ArrowDown: (step) => step - 1,
  ArrowRight: (step) => step + 1,
  ArrowUp: (step) => step + 1,
  Home: () => 0,
  End: () => Infinity,
};

const listen = (drawing) => {
  drawing.addEventListener("focus", () => drawing.matches(":focus-visible") && show(drawing, Number(drawing.dataset.step)));
  drawing.addEventListener("blur", () => hide(drawing));
  drawing.addEventListener("pointermove", (event) => show(drawing, stepUnder(drawing, event.clientX)));
  drawing.addEventListener("pointerdown", (event) => show(drawing, stepUnder(drawing, event.clientX)));
  drawing.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && hide(drawing));
  drawing.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide(drawing);
    const next = KEYS[event.key];
    if (!next || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(drawing, next(Number(drawing.dataset.step)));
  });
};

const prepare = (drawing) => {
  const image = drawing.querySelector("svg");
  const last = numbersOf(drawing).rows.length - 1;
  listen(drawing);
  drawing.tabIndex = 0;
  drawing.setAttribute("role", "slider");
  drawing.setAttribute("aria-readonly", "true");
  drawing.setAttribute("aria-label", image.getAttribute("aria-label"));
  drawing.setAttribute("aria-valuemin", 0);
  drawing.setAttribute("aria-valuemax", last);
  image.setAttribute("aria-hidden", "true");
  show(drawing, last);
  hide(drawing);
};

// htmx says so of each part that it adds to a page.
document.querySelectorAll(".drawing").forEach(prepare);
document.addEventListener("htmx:afterSettle", ({ target }) => target.querySelectorAll(".drawing:not([role])").forEach(prepare));
