/**
 * A page that uses WeChat's JS-SDK: it scans a code and shares itself under a title of its own.
 *
 *   npx tsx examples/jssdk.ts
 *
 * BASE_URL is the public address of this app; its domain is the account's JS接口安全域名.
 * The other settings are those of echo.ts.
 */
import Koa from "koa";
import Router from "koa-router";
import { Wechat } from "koa-wx";
import { account, listen } from "./local.js";

const { PORT = "3000", BASE_URL = `http://127.0.0.1:${PORT}` } = process.env;

const wx = new Wechat(account);
wx.fallback(() => `<a href="${BASE_URL}/scan">扫一扫</a>`);

const router = new Router();
router.all("/wechat", wx.middleware());
router.get(
  "/jssdk",
  wx.jssdk({
    allow: [BASE_URL],
    jsApiList: ["scanQRCode", "updateAppMessageShareData", "updateTimelineShareData"],
  }),
);
router.get("/scan", (ctx) => {
  ctx.type = "html";
  ctx.body = page;
});

const app = new Koa();
app.use(router.routes());

listen(app);

const page = `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>扫一扫</title>
<style>
:root { color-scheme: light dark }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 24px; font: 17px/1.5 system-ui, "PingFang SC", sans-serif }
button { padding: 12px 64px; border: 0; border-radius: 8px; background: #07c160; color: #fff; font: inherit }
button:disabled { opacity: .4 }
output { padding: 0 24px; overflow-wrap: anywhere }
</style>
<button id="scan" disabled>扫一扫</button>
<output id="result">正在准备…</output>
<script src="https://res.wx.qq.com/open/js/jweixin-1.6.0.js"></script>
<script>
const result = document.querySelector("#result");
const scan = document.querySelector("#scan");
// The signature is for this very address; what stands behind # does not count.
const address = encodeURIComponent(location.href.split("#")[0]);

fetch("/jssdk?url=" + address)
  .then((response) => response.json())
  .then((config) => {
    if (config.message) throw new Error(config.message);
    wx.config(config);
    wx.error(({ errMsg }) => { result.textContent = errMsg; });
    wx.ready(() => {
      const share = { title: "koa-wx 扫一扫", link: location.href.split("#")[0], imgUrl: "" };
      wx.updateAppMessageShareData({ ...share, desc: "用 koa-wx 签名的页面" });
      wx.updateTimelineShareData(share);
      scan.disabled = false;
      result.textContent = "";
    });
  })
  .catch((error) => { result.textContent = error.message; });

scan.onclick = () => wx.scanQRCode({
  needResult: 1,
  success: ({ resultStr }) => { result.textContent = resultStr; },
});
</script>
</html>
`;
