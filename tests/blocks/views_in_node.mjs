// Runs the script of readers' pages on a page that has one link, some of which is in view, and prints
// whether that was seen. On standard input: { script, data, width, height, ratio, screen }.
import { readFileSync } from "node:fs";
import vm from "node:vm";

function isSeen({ script, data, width, height, ratio, screen }) {
  const told = [];
  let observed;
  const link = {
    closest: () => null,
    dataset: {},
    getAttribute: () => `${data.server}/go/tea?p=1&b=books.1`,
  };
  class IntersectionObserver {
    constructor(callback) {
      observed = callback;
    }
    observe() {}
  }
  class MutationObserver {
    observe() {}
  }
  class CustomEvent {
    constructor(type) {
      this.type = type;
    }
  }
  vm.runInNewContext(script, {
    CustomEvent,
    IntersectionObserver,
    MutationObserver,
    URLSearchParams,
    addEventListener: () => {},
    clearTimeout: () => {},
    document: {
      cookie: "",
      currentScript: { dataset: data },
      dispatchEvent: event => told.push(event.type),
      links: [link],
      querySelectorAll: () => [],
    },
    innerHeight: screen,
    localStorage: {},
    navigator: {},
    setTimeout: (action, _, argument) => action(argument),
  });
  const boundingClientRect = { width, height };
  observed([{ target: link, boundingClientRect, intersectionRatio: ratio }]);
  return told.includes("linkmgr:view");
}

console.log(JSON.stringify(isSeen(JSON.parse(readFileSync(0)))));
