// Behind the templates of a block, before anything of it is painted: shows one of them.
// Nothing else shows the block, so older browsers must understand it, too.
(frame => {
  const { linkmgrTests, respectGpc } = frame.dataset;
  const quiet = () => {
    try {
      if (/\blinkmgr_optout=/.test(document.cookie) || localStorage.linkmgr_optout) return 1;
    } catch (barred) { /* as if there were none */ }
    return respectGpc == "" && (navigator.globalPrivacyControl || navigator.doNotTrack == 1);
  };

  // What this view of the page shows of each test, wherever it does; -1 is in none.
  const chosen = document.linkmgrVariants = document.linkmgrVariants || {};
  const choose = (share, weights) => {
    let left = Math.random() * 100 / share;
    if (left >= 1 || quiet()) return -1;
    left *= weights.reduce((sum, weight) => sum + weight);
    const index = weights.findIndex(weight => (left -= weight) < 0);
    return index < 0 ? weights.length - 1 : index; // numbers are rounded
  };

  let number = 0; // of the template: of two tests, the variants of the second change first
  const named = [];
  linkmgrTests.split(";").forEach(test => {
    const [place, key, share, ...words] = test.split(" ");
    const names = words.filter((word, at) => at % 2 == 0);
    if (!(key in chosen)) chosen[key] = choose(share, words.filter((word, at) => at % 2).map(Number));
    number = number * names.length + Math.max(chosen[key], 0);
    const links = RegExp("/(go|hit)/[^ ]*[?&]b=" + place + "(?![0-9])[^ ]*", "g");
    if (chosen[key] >= 0) named.push([links, "$&&v=" + key + "." + names[chosen[key]]]);
  });

  const templates = frame.querySelectorAll("template");
  // That of a noscript: text, but elements where a script took the page apart, such as Turbo.
  const held = templates[number].content.firstElementChild;
  const text = held.children.length ? held.innerHTML : held.textContent;
  const shown = document.createRange().createContextualFragment(text);
  shown.querySelectorAll("a, [data-linkmgr-hits]").forEach(element =>
    ["href", "ping", "data-linkmgr-hit", "data-linkmgr-hits"].forEach(name => {
      const value = element.getAttribute(name);
      if (value)
        element.setAttribute(name, named.reduce((text, it) => text.replace(it[0], it[1]), value));
    }));
  frame.parentNode.replaceChild(shown, frame);
})(document.currentScript.parentNode);
