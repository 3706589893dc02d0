// Filters, links into closed parts, copying. Without it the page has all of its content.
"use strict";
(() => {
  const form = document.querySelector(".filters");
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const rows = all(".clause");
  const cards = all(".violation");
  const names = ["q", "status", "level", "family"];
  const texts = new Map();
  // A violated clause's row leads to its card, and is found by what stands there.
  const textOf = (item) => {
    if (!texts.has(item)) {
      const link = item.querySelector(":scope > a");
      const told = link ? document.getElementById(link.hash.slice(1)) : item;
      texts.set(item, told.textContent.toLowerCase());
    }
    return texts.get(item);
  };
  const wanted = () => Object.fromEntries(names.map((name) => [name, form.elements[name].value.trim()]));
  const fits = (item, want) =>
    ["status", "level", "family"].every((key) => !want[key] || item.dataset[key] === want[key]) &&
    want.q.toLowerCase().split(/\s+/).every((word) => textOf(item).includes(word));

  const show = (item, shown) => item.classList.toggle("filtered", !shown);
  const apply = () => {
    const want = wanted();
    for (const item of [...rows, ...cards]) show(item, fits(item, want));
    const left = (root, what) => all(what, root).filter((one) => !one.classList.contains("filtered")).length;
    for (const family of all(".family")) {
      const shown = left(family, ".clause");
      const of = family.querySelector(".of");
      of.textContent = shown < of.dataset.total ? `${shown} of ${of.dataset.total}` : of.dataset.total;
      show(family, shown > 0);
    }
    for (const part of all(".violations")) show(part, left(part, ".violation") > 0);
    for (const key of ["status", "level", "family"]) {
      for (const option of form.elements[key].options) {
        const count = rows.filter((row) => fits(row, { ...want, [key]: option.value })).length;
        option.textContent = `${option.dataset.words} (${count})`;
      }
    }
    const found = left(document, ".clause");
    form.elements.count.textContent = `${found} of ${rows.length} clauses`;
    document.querySelector(".nothing").hidden = found > 0;
  };
  // The state is part of the address, so that what one sees can be sent to someone.
  const remember = () => {
    const kept = Object.entries(wanted()).filter(([, value]) => value);
    const hash = new URLSearchParams(kept).toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.href.split("#")[0]);
  };
  const follow = () => {
    const hash = location.hash.slice(1);
    const target = hash && document.getElementById(hash);
    if (target) {
      if (target.closest(".filtered")) { form.reset(); apply(); }
      for (const inner of all(":scope > details", target)) inner.open = true;
      target.scrollIntoView();
    } else if (hash.includes("=")) {
      const kept = new URLSearchParams(hash);
      for (const name of names) form.elements[name].value = kept.get(name) ?? "";
      apply();
    }
  };

  if (form) {
    form.hidden = false;
    form.addEventListener("input", () => { apply(); remember(); });
    form.addEventListener("submit", (event) => event.preventDefault());
    const clear = () => { form.reset(); apply(); remember(); };
    form.querySelector(".clear").addEventListener("click", clear);
    form.elements.q.addEventListener("keydown", (event) => {
      if (event.key === "Escape") clear();
    });
    form.querySelector(".open-all").addEventListener("click", (event) => {
      const opening = event.target.textContent === "Open all";
      for (const item of [...cards, ...rows].filter((one) => !one.classList.contains("filtered"))) {
        for (const inner of all(":scope > details", item)) inner.open = opening;
      }
      event.target.textContent = opening ? "Close all" : "Open all";
    });
    for (const link of all(".tally a")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        form.reset();
        form.elements.status.value = link.dataset.status;
        apply();
        remember();
        document.getElementById(link.hash.slice(1)).scrollIntoView();
      });
    }
    apply();
    follow();
    window.addEventListener("hashchange", follow);
    // The same link once more changes no hash, and still has to open what was closed meanwhile.
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']:not([data-status])");
      if (link && link.hash === location.hash) follow();
    });
  }

  for (const button of all(".copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }

  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const one of closed) one.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
  });
})();
