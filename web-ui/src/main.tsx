import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { exchange, takeCodeFromAddress } from "./api/oneTimeLink";
import { adoptSession } from "./api/session";
import { readSettings } from "./api/settings";
import { completeSignIn } from "./api/signIn";
import { App } from "./shell/App";
import "./shell/base.css";

const root = document.getElementById("root");
if (!root) throw new Error("the page has no root");
const code = takeCodeFromAddress();
const settings = await readSettings();
await exchange(code);
await completeSignIn(settings);
await adoptSession();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
