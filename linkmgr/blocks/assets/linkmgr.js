// Counts clicks on links of linkmgr and, where asked to, views of them, without cookies.
// Its last parameters are the browser's, so that their names are made short.
(({ server, views, events, respectGpc }, document, navigator) => {
  if (document.linkmgr) return; // the script may be there twice
  document.linkmgr = 1;

  const on = (types, listener) =>
    types.split(" ").forEach(type => addEventListener(type, listener, 1));
  const quiet = () => {
    try {
      if (/\blinkmgr_optout=/.test(document.cookie) || localStorage.linkmgr_optout) return 1;
    } catch { /* barred */ }
    return respectGpc == "" && (navigator.globalPrivacyControl || navigator.doNotTrack == 1);
  };
  const send = url => {
    if (!url || quiet()) return;
    // Not sendBeacon: of a page whose policy is to send no referrer, Firefox and Safari would not
    // tell the server either that it is the site's.
    const page = { credentials: "include", referrerPolicy: "origin", keepalive: 1 };
    fetch(url, { method: "POST", mode: "no-cors", ...page }).catch(quiet); // so that it says nothing
  };

  // Links, and the placements that they name: items at their places in posts.

  const hit = link => {
    // where its programme forbids attributes
    const words = link.closest("[data-linkmgr-hits]")?.dataset.linkmgrHits.split(" ") ?? [];
    const delegated = words[words.indexOf(link.getAttribute("href")) + 1 || -1];
    return link.dataset.linkmgrHit ?? delegated;
  };
  const tags = {}; // by placement: that of its first link; a card's further shops have others
  const placement = link => { // its post, place, item and variant
    const url = hit(link) ?? link.getAttribute("href");
    if (!url.startsWith(server)) return;
    const [path, query] = url.split("?");
    const { p, b, v = "", t = "" } = Object.fromEntries(new URLSearchParams(query));
    if (!p || !b) return;
    const name = `${p} ${b}~${path.split("/").pop()}~${v}`;
    tags[name] ??= t;
    return name;
  };

  // What was seen and clicked, by placement and by variant, and what is not reported yet: 1 for a
  // view and 2 for a click. A page view has one of each of a variant, wherever that is: with 4 (a
  // capital in the report) another placement has had the variant's view.

  const seen = {}, clicked = {};
  let pending = {};
  const once = name => name.split("~")[2] || name;
  const tell = (type, name) => {
    const [post, block, rank, item, , variant] = name.split(/[ ~.]/);
    const detail = { item, block, rank: +rank, post, variant };
    if (events == "" && !quiet())
      document.dispatchEvent(new CustomEvent("linkmgr:" + type, { detail }));
  };
  const see = name => {
    if (!views || seen[name]) return;
    seen[name] = pending[name] = 1 | seen[once(name)];
    seen[once(name)] = 4;
    tell("view", name);
  };
  const click = name => {
    see(name);
    tell("click", name);
    clicked[once(name)] ||= pending[name] |= 2;
  };
  const report = () => {
    let url;
    for (const name in pending) {
      const [post, placed] = name.split(" ");
      const more = `&${"-skc-S-C"[pending[name]]}=${placed}~${tags[name]}`.replace(/~+$/, "");
      const start = `${server}/seen/?p=${post}`;
      if (!url?.startsWith(start) || (url + more)[2000]) {
        send(url);
        url = start;
      }
      url += more;
    }
    send(url);
    pending = {};
  };

  on("click auxclick", event => { // by Enter too
    const link = event.target.closest?.("a[href]");
    if (!link || event.button > 1) return; // 2 opens the menu
    const url = hit(link), name = placement(link);
    if (url) link.removeAttribute("ping"); // or one click counts twice
    send(url);
    if (name) click(name);
  });

  // A policy of the site forbade the script that chooses: of each test the original is shown.
  document.querySelectorAll("[data-linkmgr-tests]").forEach(frame =>
    frame.outerHTML = frame.children[0].content.textContent);

  if (!views) return;
  const [share, shareLarge, milliseconds] = views.split(" ");
  const watched = new Map(); // by element: its placement, whether it is in view, its clock
  const run = event => {
    const away = event.type == "pagehide" || document.hidden || document.prerendering;
    watched.forEach(it => {
      if (it.inView && !away) it.clock ??= setTimeout(see, milliseconds, it.name);
      else it.clock = clearTimeout(it.clock);
    });
    if (away) report();
  };
  const observer = new IntersectionObserver(entries => {
    entries.forEach(entry => {
      const { width, height } = entry.boundingClientRect;
      const wanted = width * height < 242500 ? share : shareLarge; // 970 × 250: MRC
      // What is too tall for that fills the screen, but for a step between two thresholds.
      watched.get(entry.target).inView =
        entry.intersectionRatio >= Math.min(wanted, innerHeight * .9 / height);
    });
    run(observer);
  }, { threshold: [...Array(101)].map((_, n) => n / 100) });
  const find = () => {
    for (const link of document.links) {
      const name = placement(link), card = link.closest(".linkmgr-card,.linkmgr-row") ?? link;
      const element = (watched.get(card)?.name ?? name) != name ? link : card;
      if (!name || watched.has(element)) continue;
      watched.set(element, { name });
      observer.observe(element);
    }
  };
  find();
  new MutationObserver(find).observe(document, { childList: 1, subtree: 1 });
  on("visibilitychange prerenderingchange pagehide pageshow", run);
})(document.currentScript.dataset, document, navigator);
