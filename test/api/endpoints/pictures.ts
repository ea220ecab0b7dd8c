import type { Ocr } from "../../../src/api/areas/ocr.js";
import { type Endpoint, ok } from "./endpoint.js";

const url = "https://example.com/a.jpg";
const file = () => new File(["JPG"], "a.jpg", { type: "image/jpeg" });
const img = ["a.jpg", "image/jpeg", "JPG"] as const;

const documents = (
  [
    ["idCard", "/cv/ocr/idcard", { type: "Back", valid_date: "20171025-20271025" }],
    // As in WeChat's own sample, where the code is a text.
    ["bankCard", "/cv/ocr/bankcard", { errcode: "0", errmsg: "ok", number: "622202" }],
    ["vehicleLicense", "/cv/ocr/driving", { plate_num: "京A12345" }],
    ["drivingLicense", "/cv/ocr/drivinglicense", { id_num: "1" }],
    ["businessLicense", "/cv/ocr/bizlicense", { reg_num: "1" }],
    ["text", "/cv/ocr/comm", { items: [] }],
  ] as const satisfies readonly (readonly [keyof Ocr, string, object])[]
).flatMap(([name, path, answer]): Endpoint[] => [
  {
    call: (api) => api.ocr[name](file()),
    method: "POST",
    path,
    parts: { img },
    answer: { ...ok, ...answer },
  },
  {
    call: (api) => api.ocr[name]({ url }),
    method: "POST",
    path,
    query: { img_url: url },
    body: {},
    answer: { ...ok, ...answer },
  },
]);
const dishes = [{ name: "宫保鸡丁", price: 38 }];

/** Chapter 5.1 of the reference of 2026. */
export const pictures: readonly Endpoint[] = [
  ...documents,
  {
    call: (api) => api.ocr.menu(file()),
    method: "POST",
    path: "/cv/ocr/menu",
    parts: { img },
    answer: { ...ok, content: { menu_items: dishes } },
    result: dishes,
  },
  {
    call: (api) => api.ocr.menu({ url }),
    method: "POST",
    path: "/cv/ocr/menu",
    query: { img_url: url },
    body: {},
    answer: { ...ok, content: JSON.stringify({ menu_items: dishes }) },
    result: dishes,
  },
  {
    call: (api) => api.pictures.crop(file(), [1, 2.35]),
    method: "POST",
    path: "/cv/img/aicrop",
    parts: { ratios: "1,2.35", img },
    answer: { ...ok, results: [], img_size: { w: 1, h: 1 } },
  },
  {
    call: (api) => api.pictures.crop({ url }),
    method: "POST",
    path: "/cv/img/aicrop",
    query: { img_url: url },
    body: {},
    answer: { ...ok, results: [], img_size: { w: 1, h: 1 } },
  },
  {
    call: (api) => api.pictures.codes(file()),
    method: "POST",
    path: "/cv/img/qrcode",
    parts: { img },
    answer: { ...ok, code_results: [], img_size: { w: 1, h: 1 } },
  },
];
