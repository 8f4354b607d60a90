// Asks for an API token; it stays in this tab only.

import { signIn } from "../client.js";
import { h } from "../dom.js";

export function signInView(onDone) {
  const token = h("input", { id: "token", type: "password", autocomplete: "off", required: true, "aria-describedby": "token-help" });
  const submit = (event) => {
    event.preventDefault();
    if (!token.value.trim()) return token.focus();
    signIn(token.value);
    onDone();
  };
  return h("form", { class: "card narrow", onsubmit: submit },
    h("h1", {}, "Sign in"),
    h("label", { for: "token" }, "API token"),
    token,
    h("p", { id: "token-help", class: "quiet" }, "Make one with ", h("code", {}, "itops token create NAME --role responder"), ". It is kept in this tab only."),
    h("button", { type: "submit", class: "primary" }, "Sign in"));
}
