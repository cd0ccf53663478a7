/* Latchkey in the browser: small helps only.  Every page works without this file. */
(function () {
  "use strict";

  /* A form is sent once; coming back to the page makes it ready again. */
  var sent = new WeakSet();
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post") return;
    /* What opens beside this page leaves the form as it is. */
    if (event.submitter && event.submitter.formTarget === "_blank") return;
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    var button = event.submitter;
    if (button) button.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    sent = new WeakSet();
    document.querySelectorAll("[aria-busy]").forEach(function (button) {
      button.removeAttribute("aria-busy");
    });
  });

  /* <button type="button" data-copy="ID" hidden>Copy</button>: copies that element's text. */
  if (navigator.clipboard) {
    document.querySelectorAll("[data-copy]").forEach(function (button) {
      var source = document.getElementById(button.dataset.copy);
      if (!source) return;
      var label = button.lastChild;
      var words = label.textContent;
      button.hidden = false;
      button.setAttribute("aria-live", "polite");
      button.addEventListener("click", function () {
        navigator.clipboard.writeText(source.textContent.trim()).then(function () {
          label.textContent = "Copied";
          setTimeout(function () { label.textContent = words; }, 2000);
        });
      });
    });
  }

  /* <button type="button" data-reveal="ID" hidden>Show</button>: a password in plain sight. */
  document.querySelectorAll("[data-reveal]").forEach(function (button) {
    var input = document.getElementById(button.dataset.reveal);
    if (!input) return;
    button.hidden = false;
    button.addEventListener("click", function () {
      var show = input.type === "password";
      input.type = show ? "text" : "password";
      button.textContent = show ? "Hide" : "Show";
      button.setAttribute("aria-pressed", String(show));
    });
  });

  /* A refused form: begin at its summary. */
  var summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  /* Staff pages: "/" goes to the search, j and k walk through the links of a table. */
  if (!document.body.classList.contains("staff")) return;
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    if (event.key === "/") {
      var search = document.querySelector("[type=search]");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "j" || event.key === "k") {
      var links = Array.from(document.querySelectorAll(".table tbody tr"), function (row) {
        return row.querySelector("a");
      }).filter(Boolean);
      if (!links.length) return;
      var here = document.activeElement && document.activeElement.closest("tr");
      var at = links.findIndex(function (link) { return link.closest("tr") === here; });
      var next = event.key === "j" ? at + 1 : at < 0 ? links.length - 1 : at - 1;
      links[Math.max(0, Math.min(links.length - 1, next))].focus();
    }
  });
})();
