import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { adoptSession, takeTokenFromAddress } from "./api/session";
import { readSettings } from "./api/settings";
import { completeSignIn } from "./api/signIn";
import { App } from "./shell/App";
import "./shell/base.css";

const root = document.getElementById("root");
if (!root) throw new Error("the page has no root");
takeTokenFromAddress();
const settings = await readSettings();
await completeSignIn(settings);
await adoptSession();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
