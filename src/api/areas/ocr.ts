import { WechatError } from "../../errors.js";
import type { Http } from "../transport/http.js";
import { type Corners, type PictureInput, type PictureSize, sendPicture } from "./pictures.js";

/** An identity card (身份证): the front with the portrait, or the back. */
export type IdCard =
  | {
      readonly type: "Front";
      readonly name: string;
      readonly id: string;
      readonly addr: string;
      readonly gender: string;
      readonly nationality: string;
    }
  | {
      readonly type: "Back";
      /** Such as `20171025-20271025`. */
      readonly valid_date: string;
    };

/** A vehicle's licence (行驶证). */
export interface VehicleLicense {
  readonly plate_num: string;
  readonly vehicle_type: string;
  readonly owner: string;
  readonly addr: string;
  readonly use_character: string;
  readonly model: string;
  readonly vin: string;
  readonly engine_num: string;
  readonly register_date: string;
  readonly issue_date: string;
  readonly plate_num_b: string;
  readonly record: string;
  readonly passengers_num: string;
  readonly total_quality: string;
  readonly prepare_quality: string;
  readonly overall_size: string;
  readonly card_position_front?: { readonly pos: Corners };
  readonly card_position_back?: { readonly pos: Corners };
  readonly img_size: PictureSize;
}

/** A driver's licence (驾驶证). */
export interface DrivingLicense {
  readonly id_num: string;
  readonly name: string;
  readonly sex: string;
  readonly nationality: string;
  readonly address: string;
  readonly birth_date: string;
  readonly issue_date: string;
  readonly car_class: string;
  readonly valid_from: string;
  readonly valid_to: string;
  readonly official_seal: string;
}

/** A business licence (营业执照): what stands on it. */
export interface BusinessLicense {
  readonly reg_num?: string;
  readonly serial?: string;
  readonly legal_representative?: string;
  readonly enterprise_name?: string;
  readonly type_of_organization?: string;
  readonly address?: string;
  readonly type_of_enterprise?: string;
  readonly business_scope?: string;
  readonly registered_capital?: string;
  readonly paid_in_capital?: string;
  readonly valid_period?: string;
  readonly registered_date?: string;
  readonly cert_position?: { readonly pos: Corners };
  readonly img_size: PictureSize;
}

/** Printed text, line by line. */
export interface PrintedText {
  readonly items: readonly { readonly text: string; readonly pos: Corners }[];
  readonly img_size: PictureSize;
}

/** A dish of a menu. */
export interface MenuItem {
  readonly name: string;
  readonly price: number;
}

/** Reading documents (OCR). For verified accounts; 100 calls a day are free. */
export class Ocr {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** An identity card; `type` says which side. Source: 「身份证识别」. */
  idCard(picture: PictureInput): Promise<IdCard> {
    return sendPicture(this.#http, "/cv/ocr/idcard", picture);
  }

  /** The number of a bank card. Source: 「银行卡识别」. */
  bankCard(picture: PictureInput): Promise<{ readonly number: string }> {
    return sendPicture(this.#http, "/cv/ocr/bankcard", picture);
  }

  /** A vehicle's licence (行驶证). Source: 「行驶证识别」. */
  vehicleLicense(picture: PictureInput): Promise<VehicleLicense> {
    return sendPicture(this.#http, "/cv/ocr/driving", picture);
  }

  /** A driver's licence (驾驶证). Source: 「驾驶证识别」. */
  drivingLicense(picture: PictureInput): Promise<DrivingLicense> {
    return sendPicture(this.#http, "/cv/ocr/drivinglicense", picture);
  }

  /** A business licence. Source: 「营业执照识别」. */
  businessLicense(picture: PictureInput): Promise<BusinessLicense> {
    return sendPicture(this.#http, "/cv/ocr/bizlicense", picture);
  }

  /** Printed text of any kind. Source: 「通用印刷体识别」. */
  text(picture: PictureInput): Promise<PrintedText> {
    return sendPicture(this.#http, "/cv/ocr/comm", picture);
  }

  /** The dishes of a restaurant's menu. Source: 「菜单识别」. */
  async menu(picture: PictureInput): Promise<readonly MenuItem[]> {
    const { content } = await sendPicture<{ content: MenuContent | string }>(
      this.#http,
      "/cv/ocr/menu",
      picture,
    );
    return menuOf(content)?.menu_items ?? [];
  }
}

/** The documents are not clear whether it is an object or the JSON of one. */
function menuOf(content: MenuContent | string): MenuContent | undefined {
  if (typeof content !== "string") return content;
  try {
    return JSON.parse(content) as MenuContent;
  } catch {
    throw new WechatError("WX_API_RESPONSE", "/cv/ocr/menu answered a menu that is no JSON.");
  }
}

interface MenuContent {
  readonly menu_items?: readonly MenuItem[];
}
