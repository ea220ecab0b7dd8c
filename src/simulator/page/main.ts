import { html, render } from "htm/preact";
import { App } from "./app.js";
import { connect, t } from "./store.js";

document.documentElement.lang = t("send") === "发送" ? "zh-CN" : "en";
render(html`<${App} />`, document.body);
connect(localStorage.getItem("user") ?? "");
