/** Kinds of files that WeChat takes, and those that people try. */
const contentTypes: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  bmp: "image/bmp",
  webp: "image/webp",
  heic: "image/heic",
  avif: "image/avif",
  mp3: "audio/mpeg",
  amr: "audio/amr",
  wav: "audio/wav",
  wma: "audio/x-ms-wma",
  m4a: "audio/mp4",
  ogg: "audio/ogg",
  mp4: "video/mp4",
  mov: "video/quicktime",
};

/** The first letters of a file, by kind; a dot stands for any. */
const beginnings: readonly (readonly [RegExp, string])[] = [
  [/^\xff\xd8/, "jpg"],
  [/^\x89PNG/, "png"],
  [/^GIF8/, "gif"],
  // With the size of the header that follows, because two letters are soon found anywhere.
  [/^BM.{12}[(48@l|]/s, "bmp"],
  [/^RIFF.{4}WEBP/s, "webp"],
  [/^RIFF.{4}WAVE/s, "wav"],
  [/^#!AMR/, "amr"],
  [/^ID3/, "mp3"],
  // A frame of MPEG audio, layer III.
  [/^\xff[\xe2\xe3\xf2\xf3\xfa\xfb]/, "mp3"],
  [/^0&\xb2u\x8ef\xcf/, "wma"],
  [/^OggS/, "ogg"],
  [/^.{4}ftyp(heic|heix|hevc|heim|heis|mif1|msf1)/s, "heic"],
  [/^.{4}ftypavi[fs]/s, "avif"],
  [/^.{4}ftypM4[AB]/s, "m4a"],
  [/^.{4}ftypqt/s, "mov"],
  [/^.{4}ftyp/s, "mp4"],
];

/** What an upload is called, which decides what WeChat takes it for. */
export interface FileKind {
  readonly filename: string;
  readonly contentType: string;
}

/**
 * The name and the type of a file. Where the name has no ending that is known, the file's own bytes
 * say what it is, and then the type that was given: `upload_1f3c` is sent as `upload_1f3c.jpg`.
 */
export function kindOfFile(data: Buffer, called?: string, given?: string): FileKind {
  const name = called || "media";
  // What browsers say of a file that they do not know.
  const type = given === "application/octet-stream" ? undefined : given?.replace(/[\r\n]/g, "");
  const named = Object.entries(contentTypes).find(([ending]) =>
    name.toLowerCase().endsWith(`.${ending}`),
  );
  if (named !== undefined) return { filename: name, contentType: type ?? named[1] };
  const ending = endingOfBytes(data) ?? endingOfType(type);
  if (ending === undefined) {
    const filename = name === "media" ? "media.bin" : name;
    return { filename, contentType: type ?? "application/octet-stream" };
  }
  return {
    filename: `${name}.${ending}`,
    contentType: type ?? (contentTypes[ending] as string),
  };
}

/**
 * The kind of a file by its own bytes, and only where they say nothing by its name; `undefined` for
 * what is not known, or is text.
 */
export function endingOf(data: Buffer, name = ""): string | undefined {
  const ending = endingOfBytes(data);
  if (ending !== undefined || /^\s*[<{[]/.test(data.toString("latin1", 0, 64))) return ending;
  const named = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  if (!Object.hasOwn(contentTypes, named)) return undefined;
  return named === "jpeg" ? "jpg" : named;
}

function endingOfBytes(data: Buffer): string | undefined {
  const start = data.toString("latin1", 0, 32);
  return beginnings.find(([pattern]) => pattern.test(start))?.[1];
}

function endingOfType(type: string | undefined): string | undefined {
  const plain = type?.split(";", 1)[0]?.trim().toLowerCase();
  return Object.keys(contentTypes).find((ending) => contentTypes[ending] === plain);
}
