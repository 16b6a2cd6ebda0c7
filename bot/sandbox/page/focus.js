// Keeps the keyboard where it was when what had the focus is drawn anew, leads it to a new step, and through menus.
(() => {
  let last = null;
  let outside = null;

  const modal = () => document.querySelector(".q-dialog .modal, .overlay .modal");

  document.addEventListener("focusin", ({ target }) => {
    const marked = target.closest("[data-focus]");
    last = marked && { focus: marked.dataset.focus, action: marked.dataset.action };
    if (target.closest(".main, .thread")) outside = target;
  });
  document.addEventListener("focusout", ({ target }) => setTimeout(() => {
    if (target.isConnected && document.activeElement === document.body) last = null;
  }));

  const find = (name, value) =>
    value && (modal() ?? document).querySelector(`[data-${name}="${CSS.escape(value)}"]`);

  const reach = (found) => {
    if (found?.matches(":not(input, button, textarea, [tabindex])")) found = found.querySelector("input, textarea, button");
    found?.focus();
  };

  new MutationObserver(() => {
    if (last && document.activeElement === document.body) {
      reach(find("focus", last.focus) ?? find("action", last.action) ?? modal()?.querySelector(".modal-body"));
    }
  }).observe(document.documentElement, { childList: true, subtree: true });

  // What it covers has just lost the focus, and the step has not taken it yet: Escape is meant for it all the same.
  document.addEventListener("keydown", ({ key, target }) => {
    if (key === "Escape" && (target === document.body || target.closest("[inert]"))) {
      modal()?.closest(".overlay")?.dispatchEvent(new KeyboardEvent("keydown", { key }));
    }
  });

  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const items = [...document.querySelectorAll(".q-menu [role=menuitem]")];
    if (!step || !items.length) return;
    const at = items.indexOf(document.activeElement);
    items[(Math.max(at, step < 0 ? 0 : -1) + step + items.length) % items.length].focus();
    event.preventDefault();
  });

  window.newStep = () => {
    const body = modal()?.querySelector(".modal-body");
    if (!body) return;
    body.scrollTop = 0;
    reach(body.querySelector(".bk-input :is(input, textarea)") ?? body);
  };
  window.lastStep = () => reach(outside?.isConnected ? outside : find("focus", "composer"));
  window.firstError = () => reach(modal()?.querySelector(".wrong :is(input, textarea)"));
  window.scrollDown = (id, always) => {
    const box = document.getElementById(id);
    const below = box && box.scrollHeight - box.scrollTop - box.clientHeight;
    if (box && (always || below < 200)) box.scrollTop = box.scrollHeight;
  };
})();
