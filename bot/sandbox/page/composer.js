// The list of commands while one types: in the browser, so that nobody types faster than it.
(() => {
  const composer = (node) => {
    const box = node.closest?.(".composer");
    const menu = box?.querySelector(".commands");
    return menu && { field: box.querySelector("input"), menu, options: [...menu.querySelectorAll("[role=option]")] };
  };

  const shown = (options) => options.filter((each) => !each.hidden);

  const select = ({ field, options }, chosen) => {
    for (const each of options) each.setAttribute("aria-selected", each === chosen);
    field.setAttribute("aria-activedescendant", chosen?.id ?? "");
    chosen?.scrollIntoView({ block: "nearest" });
  };

  const offer = (parts, text) => {
    for (const each of parts.options) each.hidden = !each.dataset.command.startsWith(text.toLowerCase());
    const found = text.startsWith("/") ? shown(parts.options) : [];
    parts.menu.hidden = found.length === 0;
    parts.field.setAttribute("aria-expanded", found.length > 0);
    select(parts, found[0]);
  };

  const complete = ({ field }, option) => {
    field.value = `${option.dataset.command} `;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  };

  document.addEventListener("input", ({ target }) => {
    const parts = composer(target);
    if (parts) offer(parts, target.value);
  });

  document.addEventListener("click", ({ target }) => {
    const option = target.closest(".commands [role=option]");
    if (option) complete(composer(option), option);
  });

  document.addEventListener("keydown", (event) => {
    const parts = composer(event.target);
    if (!parts || parts.menu.hidden) return;
    const found = shown(parts.options);
    const at = found.findIndex((each) => each.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) select(parts, found[(at + step + found.length) % found.length]);
    else if (event.key === "Escape") offer(parts, "");
    else if (["Enter", "Tab"].includes(event.key) && parts.field.value !== found[at].dataset.command) complete(parts, found[at]);
    else {
      if (event.key === "Enter") offer(parts, "");
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }, true);
})();
