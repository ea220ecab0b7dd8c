import { type Call, type Endpoints, type Fields, ok } from "../call.js";
import { refuse } from "../refusal.js";
import { readPicture } from "../upload.js";

const img_size = { w: 640, h: 400 };
const pos = {
  left_top: { x: 20, y: 20 },
  right_top: { x: 620, y: 20 },
  right_bottom: { x: 620, y: 380 },
  left_bottom: { x: 20, y: 380 },
};

/** What is read from every picture: nobody looks at it here. */
const answers: Readonly<Record<string, Fields>> = {
  "/cv/ocr/idcard": {
    type: "Front",
    name: "张三",
    id: "110101199001010015",
    addr: "北京市东城区示例街道1号",
    gender: "男",
    nationality: "汉",
  },
  // The official sample has the code as a text.
  "/cv/ocr/bankcard": { errcode: "0", number: "6222020000000000000" },
  "/cv/ocr/driving": {
    plate_num: "京A12345",
    vehicle_type: "小型轿车",
    owner: "张三",
    addr: "北京市东城区示例街道1号",
    use_character: "非营运",
    model: "示例牌XX1000",
    vin: "LXXXXXXXXXXXXXXXX",
    engine_num: "000000",
    register_date: "2020-01-01",
    issue_date: "2020-01-02",
    plate_num_b: "京A12345",
    record: "000000000000",
    passengers_num: "5人",
    total_quality: "1500kg",
    prepare_quality: "1200kg",
    overall_size: "4500x1800x1500mm",
    card_position_front: { pos },
    card_position_back: { pos },
    img_size,
  },
  "/cv/ocr/drivinglicense": {
    id_num: "110101199001010015",
    name: "张三",
    sex: "男",
    nationality: "中国",
    address: "北京市东城区示例街道1号",
    birth_date: "1990-01-01",
    issue_date: "2020-01-01",
    car_class: "C1",
    valid_from: "2020-01-01",
    valid_to: "2030-01-01",
    official_seal: "北京市公安局公安交通管理局",
  },
  "/cv/ocr/bizlicense": {
    reg_num: "91110000000000000X",
    enterprise_name: "示例有限公司",
    legal_representative: "张三",
    address: "北京市东城区示例街道1号",
    type_of_enterprise: "有限责任公司",
    business_scope: "示例",
    registered_capital: "壹佰万元整",
    valid_period: "2020年01月01日至长期",
    registered_date: "2020年01月01日",
    cert_position: { pos },
    img_size,
  },
  "/cv/ocr/comm": { items: [{ text: "示例文字", pos }], img_size },
  "/cv/ocr/menu": { content: { menu_items: [{ name: "宫保鸡丁", price: 38 }] } },
  "/cv/img/qrcode": {
    code_results: [{ type_name: "QR_CODE", data: "https://example.com/", pos }],
    img_size,
  },
};

/** Reading documents, and looking at pictures. Source: 「身份证识别」, 「图片智能裁剪」 and their like. */
export const pictureEndpoints: Endpoints = {
  ...Object.fromEntries(
    Object.entries(answers).map(([path, answer]) => [
      path,
      {
        method: "POST" as const,
        async run(call: Call) {
          await fieldsOf(call);
          return { ...ok, ...answer };
        },
      },
    ]),
  ),
  "/cv/img/aicrop": {
    method: "POST",
    async run(call) {
      const { ratios = "" } = await fieldsOf(call);
      const wanted = ratios === "" ? [1] : ratios.split(",").map(Number);
      if (wanted.length > 5 || !wanted.every((ratio) => ratio > 0)) refuse(40035);
      return { ...ok, results: wanted.map(crop), img_size };
    },
  },
};

/** The largest part of that ratio, in the middle. */
function crop(ratio: number): Fields {
  const { w, h } = img_size;
  const width = Math.min(w, Math.floor(h * ratio));
  const height = Math.min(h, Math.floor(w / ratio));
  const [left, top] = [Math.floor((w - width) / 2), Math.floor((h - height) / 2)];
  return {
    crop_left: left,
    crop_top: top,
    crop_right: left + width,
    crop_bottom: top + height,
  };
}

/** Checks the picture, which is uploaded or named by an address; the text fields beside it. */
async function fieldsOf(call: Call): Promise<Readonly<Record<string, string>>> {
  const address = call.query.get("img_url");
  if (address === null) return (await readPicture(call)).fields;
  if (!URL.canParse(address) || !/^https?:/i.test(address)) refuse(101000);
  return Object.fromEntries(call.query);
}
