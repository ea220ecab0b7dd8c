import { createServer } from "node:http";
import wechat from "co-wechat";
import Koa from "koa";
import { account, bot } from "./driver.js";

const { token, appId: appid, encodingAESKey } = account;

const app = new Koa();
app.use(wechat(encodingAESKey ? { token, appid, encodingAESKey } : { token }).middleware(answer));
bot("co-wechat", createServer(app.callback()));

async function answer(message) {
  const { MsgType: type, MediaId: mediaId, EventKey: key } = message;
  switch (message.Event ?? type) {
    case "image":
    case "voice":
      return { type, content: { mediaId } };
    case "video":
      return { type, content: { mediaId, title: "again", description: "your video" } };
    case "location":
      return `${message.Location_X} ${message.Location_Y} ${message.Label}`;
    case "link":
      return [{ title: message.Title, description: "", picurl: "", url: message.Url }];
    case "subscribe":
      return `welcome ${key}`;
    case "SCAN":
    case "CLICK":
      return key;
    case "text":
      return textAnswer(message.Content);
    default:
      return "";
  }
}

function textAnswer(content) {
  if (content === "human") return { type: "customerService" };
  if (content !== "music") return content;
  const musicUrl = "http://a.example/1.mp3";
  return { title: "song", description: "of a bird", musicUrl, hqMusicUrl: musicUrl };
}
