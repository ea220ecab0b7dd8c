import { AutoReply } from "./areas/auto-reply.js";
import { Blacklist } from "./areas/blacklist.js";
import { Comments } from "./areas/comments.js";
import { CustomerService } from "./areas/customer-service.js";
import { Datacube } from "./areas/datacube.js";
import { Drafts } from "./areas/drafts.js";
import { KfAccounts } from "./areas/kf-accounts.js";
import { KfSessions } from "./areas/kf-sessions.js";
import { Mass } from "./areas/mass.js";
import { Material } from "./areas/material.js";
import { Media } from "./areas/media.js";
import { Menus } from "./areas/menus.js";
import { Network } from "./areas/network.js";
import { OAuth } from "./areas/oauth.js";
import { Ocr } from "./areas/ocr.js";
import { Pictures } from "./areas/pictures.js";
import { Publisher } from "./areas/publisher.js";
import { Publishing } from "./areas/publishing.js";
import { Qrcodes } from "./areas/qrcode.js";
import { Quotas } from "./areas/quota.js";
import { Semantic } from "./areas/semantic.js";
import { ShortKeys } from "./areas/short-keys.js";
import { Subscriptions } from "./areas/subscriptions.js";
import { Tags } from "./areas/tags.js";
import { Templates } from "./areas/templates.js";
import { Users } from "./areas/users.js";
import type { Keeping } from "./files/uploaded-files.js";
import type { Fetch } from "./transport/fetch.js";
import type { AppCredentials, Http } from "./transport/http.js";

/** WeChat's product areas, one object each, over the same HTTP calls. The client is made of them. */
export class Areas {
  /** Customer-service messages (客服消息). */
  readonly customerService: CustomerService;
  /** Customer-service agents (客服账号). */
  readonly kfAccounts: KfAccounts;
  /** Sessions with agents, and their records (客服会话, 聊天记录). */
  readonly kfSessions: KfSessions;
  /** Template messages (模板消息). */
  readonly templates: Templates;
  /** Subscription notices (订阅通知). */
  readonly subscriptions: Subscriptions;
  /** Mass sending (群发). */
  readonly mass: Mass;
  /** The menu (自定义菜单). */
  readonly menu: Menus;
  /** Temporary media (临时素材). */
  readonly media: Media;
  /** Permanent material (永久素材). */
  readonly material: Material;
  /** Drafts (草稿箱). */
  readonly drafts: Drafts;
  /** Publishing (发布能力). */
  readonly publishing: Publishing;
  /** Followers (用户管理). */
  readonly users: Users;
  /** Tags (用户标签). */
  readonly tags: Tags;
  /** The blacklist (黑名单). */
  readonly blacklist: Blacklist;
  /** QR codes (带参数的二维码). */
  readonly qrcode: Qrcodes;
  /** Short keys (短key托管). */
  readonly shortKeys: ShortKeys;
  /** Comments on articles (图文消息留言管理). */
  readonly comments: Comments;
  /** Statistics (数据统计). */
  readonly datacube: Datacube;
  /** What ads earn (流量主). */
  readonly publisher: Publisher;
  /** Reading documents (OCR). */
  readonly ocr: Ocr;
  /** Looking at pictures (图像处理). */
  readonly pictures: Pictures;
  /** Addresses and the network check. */
  readonly network: Network;
  /** Quotas, and looking up calls (接口调用额度). */
  readonly quota: Quotas;
  /** The console's automatic replies (自动回复). */
  readonly autoReply: AutoReply;
  /** Understanding, speech and translation (智能接口). */
  readonly semantic: Semantic;
  /** The server's side of web login (网页授权). */
  readonly oauth: OAuth;

  constructor(http: Http, account: AppCredentials, fetch?: Fetch, keeping?: Keeping) {
    this.media = new Media(http, fetch, keeping);
    this.material = new Material(http, keeping);
    this.customerService = new CustomerService(http, this.media, this.material);
    this.kfAccounts = new KfAccounts(http);
    this.kfSessions = new KfSessions(http);
    this.templates = new Templates(http);
    this.subscriptions = new Subscriptions(http);
    this.mass = new Mass(http);
    this.menu = new Menus(http);
    this.drafts = new Drafts(http);
    this.publishing = new Publishing(http);
    this.users = new Users(http);
    this.tags = new Tags(http);
    this.blacklist = new Blacklist(http);
    this.qrcode = new Qrcodes(http);
    this.shortKeys = new ShortKeys(http);
    this.comments = new Comments(http);
    this.datacube = new Datacube(http);
    this.publisher = new Publisher(http);
    this.ocr = new Ocr(http);
    this.pictures = new Pictures(http);
    this.network = new Network(http);
    this.quota = new Quotas(http, account);
    this.autoReply = new AutoReply(http);
    this.semantic = new Semantic(http);
    this.oauth = new OAuth(http, account);
  }
}
