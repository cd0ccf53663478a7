/* Latchkey for staff in the browser: files that are sent with their progress, Markdown that is
   shown while it is typed.  Every page works without this file. */
(function () {
  "use strict";

  /* --- files ------------------------------------------------------------------- */

  var most = 2 * 1024 * 1024 * 1024;

  function size(bytes) {
    return bytes >= 1e9 ? (bytes / 1e9).toFixed(2) + " GB" : (bytes / 1e6).toFixed(1) + " MB";
  }

  function Upload(form) {
    var find = function (name) { return form.querySelector("[data-upload-" + name + "]"); };
    var state = find("state"), trouble = find("trouble"), running = find("running");
    var figures = find("figures"), said = find("said"), bar = running.querySelector("progress");
    var input = form.querySelector("[type=file]"), button = form.querySelector("button:not([type])");
    var request = null, told = 0;

    function stop(words) {
      request = null;
      running.hidden = true;
      button.disabled = false;
      button.removeAttribute("aria-busy");
      said.textContent = "";
      trouble.textContent = words;
      trouble.hidden = !words;
      if (words) input.focus();
    }

    /* What was wrong with the file before is over. */
    function forgive() {
      var summary = document.querySelector(".error-summary"), field = input.closest(".field");
      var words = field.querySelector(".error");
      if (summary) summary.remove();
      if (words) words.remove();
      field.classList.remove("bad");
      input.removeAttribute("aria-invalid");
    }

    /* The answer is a page: the same form with what is wrong, or where the way goes on. */
    function answered() {
      if (request.responseURL !== form.action) {
        location.assign(request.responseURL);
        return;
      }
      var page = new DOMParser().parseFromString(request.responseText, "text/html");
      var main = page.querySelector("main");
      if (!main || request.status >= 500 || !main.querySelector("[data-upload]")) {
        stop("The server could not take the file. Please try again in a moment.");
        return;
      }
      document.title = page.title;
      document.querySelector("main").replaceWith(main);
      begin(main);
      var summary = main.querySelector("[data-focus]");
      if (summary) summary.focus();
    }

    function moved(event) {
      if (!event.lengthComputable) return;
      var part = Math.floor(100 * event.loaded / event.total);
      bar.value = part;
      figures.textContent = part < 100 ? part + " %, " + size(event.loaded) + " of " + size(event.total)
        : "All of it is sent. The server stores it …";
      if (part >= told + 10 || part === 100) {
        told = part;
        said.textContent = part < 100 ? part + " % sent" : "All of it is sent. The server stores it.";
      }
    }

    form.addEventListener("submit", function (event) {
      var file = input.files[0];
      event.preventDefault();
      event.stopPropagation();
      if (request) return;
      state.hidden = false;
      if (!file) return stop("Choose a file.");
      if (file.size === 0) return stop(file.name + " is empty. Choose another file.");
      if (file.size > most) return stop("A file may have 2 GB at most. Choose a smaller one.");
      stop("");
      forgive();
      running.hidden = false;
      bar.value = 0;
      told = 0;
      button.disabled = true;
      figures.textContent = "0 %, 0.0 MB of " + size(file.size);
      said.textContent = "Sending the file";
      request = new XMLHttpRequest();
      request.upload.addEventListener("progress", moved);
      request.addEventListener("load", answered);
      request.addEventListener("error", function () {
        stop("The connection broke off, so the file did not arrive. Please send it again.");
      });
      request.addEventListener("abort", function () { stop("Cancelled. Nothing was stored."); });
      request.open("POST", form.action);
      request.send(new FormData(form));
    });
    find("cancel").addEventListener("click", function () { if (request) request.abort(); });
    window.addEventListener("beforeunload", function (event) { if (request && bar.value < 100) event.preventDefault(); });
  }

  function begin(root) {
    root.querySelectorAll("form[data-upload]").forEach(function (form) { Upload(form); });
  }
  begin(document);

  /* --- Markdown ------------------------------------------------------------------ */

  /* <section data-preview="ID" hidden> with a .prose and a [role=status]: the text of that field. */
  document.querySelectorAll("[data-preview]").forEach(function (box) {
    var field = document.getElementById(box.dataset.preview);
    var shown = box.querySelector(".prose"), said = box.querySelector("[role=status]");
    if (!field) return;
    var token = field.form.elements.csrf_token.value;
    var waiting = 0, number = 0, before = null;

    function ask() {
      var text = field.value, mine = ++number;
      if (text === before) return;
      before = text;
      box.hidden = !text.trim();
      if (box.hidden) { shown.textContent = ""; return; }
      fetch("/admin/markdown", { method: "POST", body: new URLSearchParams({ csrf_token: token, text: text }) })
        .then(function (answer) { return answer.ok ? answer.text() : Promise.reject(new Error(answer.status)); })
        .then(function (markup) {
          if (mine !== number) return;
          shown.innerHTML = markup;     /* rendered by the server, which lets no markup of the text through */
          said.textContent = "The preview is up to date.";
        })
        .catch(function () {
          if (mine !== number) return;
          before = null;
          said.textContent = "The preview cannot be shown just now. Your text is not affected.";
        });
    }

    field.addEventListener("input", function () {
      clearTimeout(waiting);
      said.textContent = "";
      waiting = setTimeout(ask, 400);
    });
    ask();
  });
})();
