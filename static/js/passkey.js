/* Passkeys: a form with data-passkey asks the device, then sends what it said.  Where the browser
 * cannot, the form stays hidden. */
(function () {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (c) { return c.charCodeAt(0); });
  }
  function text(buffer) {
    var plain = Array.from(new Uint8Array(buffer), function (b) { return String.fromCharCode(b); }).join("");
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  function create(form) {
    return navigator.credentials.create({ publicKey: {
      challenge: bytes(form.dataset.challenge),
      rp: { id: form.dataset.site, name: form.dataset.shop },
      user: { id: bytes(form.dataset.user), name: form.dataset.email, displayName: form.dataset.name },
      pubKeyCredParams: [-7, -8, -257].map(function (alg) { return { type: "public-key", alg: alg }; }),
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none", timeout: 240000
    } }).then(function (made) {
      form.elements.client_data.value = text(made.response.clientDataJSON);
      form.elements.auth_data.value = text(made.response.getAuthenticatorData());
    });
  }
  function get(form) {
    return navigator.credentials.get({ publicKey: {
      challenge: bytes(form.dataset.challenge), rpId: form.dataset.site, userVerification: "required", timeout: 240000
    } }).then(function (got) {
      form.elements.credential.value = text(got.rawId);
      form.elements.client_data.value = text(got.response.clientDataJSON);
      form.elements.auth_data.value = text(got.response.authenticatorData);
      form.elements.signature.value = text(got.response.signature);
    });
  }

  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    var said = form.querySelector("[data-said]");
    var busy = false;
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      event.stopPropagation();
      if (busy) return;
      busy = true;
      said.hidden = true;
      (form.dataset.passkey === "create" ? create : get)(form).then(function () {
        form.submit();
      }).catch(function () {
        busy = false;
        said.hidden = false;
      });
    });
  });
})();
