// Keeps the keyboard where it was when what had the focus is drawn anew, and leads it to a new step.
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

  window.newStep = () => {
    const body = modal()?.querySelector(".modal-body");
    if (!body) return;
    body.scrollTop = 0;
    reach(body.querySelector(".bk-input :is(input, textarea)") ?? body);
  };
  window.lastStep = () => reach(outside?.isConnected ? outside : find("focus", "composer"));
  window.firstError = () => reach(modal()?.querySelector(".wrong :is(input, textarea)"));
  window.scrollDown = (id) => {
    const box = document.getElementById(id);
    if (box) box.scrollTop = box.scrollHeight;
  };
})();
