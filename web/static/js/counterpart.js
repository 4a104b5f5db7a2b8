// What gets smoother with JavaScript. Every page works without this file.
"use strict";

// Ctrl-K (Cmd-K) goes to the search field of the frame.
document.addEventListener("keydown", (event) => {
  const search = document.getElementById("site-search");
  if (search && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    search.focus();
    search.select();
  }
});

// Open menus close by Escape and by a click elsewhere, as people expect of menus.
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest && event.target.closest("details.menu[open]");
  if (menu && event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) {
      menu.open = false;
    }
  }
});

// A text with a limit says how much is left. The sentence comes from the page, in the reader's language.
function showCharactersLeft(textarea) {
  const count = document.getElementById(textarea.id + "-count");
  if (!count) {
    return;
  }
  const left = Number(textarea.dataset.maxCharacters) - textarea.value.length;
  const sentence = left >= 0 ? count.dataset.left : count.dataset.over;
  count.textContent = sentence.replace("{n}", Math.abs(left).toLocaleString(document.documentElement.lang));
  count.classList.toggle("count-over", left < 0);
}

document.addEventListener("input", (event) => {
  if (event.target.matches("textarea[data-max-characters]")) {
    showCharactersLeft(event.target);
  }
});

function enhance() {
  document.querySelectorAll("textarea[data-max-characters]").forEach(showCharactersLeft);
  const summary = document.querySelector("[data-focus-on-load]");
  if (summary) {
    summary.focus();
  }
}

// Deferred scripts run when the document is parsed; htmx swaps bring new fields later.
enhance();
document.addEventListener("htmx:after:swap", enhance);

// What was wrong is over as soon as a part of the page can be shown again.
document.addEventListener("htmx:after:request", (event) => {
  const trouble = document.getElementById("trouble");
  if (trouble && event.detail.ctx.response.status < 400) {
    trouble.replaceChildren();
  }
});
