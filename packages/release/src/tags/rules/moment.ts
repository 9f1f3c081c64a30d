/** A moment in a time zone, in the fields that people see. */
interface Wall {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** East of Greenwich. */
  readonly offsetMinutes: number;
  readonly zone: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const TOKEN =
  /\[([^\]]*)\]|\\(.)|LTS|LT|L{1,4}|l{1,4}|M{3,4}|Mo|MM?|Qo|Q|DDDD|DDDo|DDD|Do|DD?|d{3,4}|do|dd|d|e|E|wo|ww?|Wo|WW?|YYYYYY|YYYYY|YYYY|YY|Y|gggg|gg|GGGG|GG|A|a|HH?|hh?|kk?|mm?|ss?|S{1,9}|zz?|ZZ?|X|x/g;

/** The long forms of the English locale. */
const LONG: Readonly<Record<string, string>> = {
  LT: "h:mm A",
  LTS: "h:mm:ss A",
  L: "MM/DD/YYYY",
  LL: "MMMM D, YYYY",
  LLL: "MMMM D, YYYY h:mm A",
  LLLL: "dddd, MMMM D, YYYY h:mm A",
  l: "M/D/YYYY",
  ll: "MMM D, YYYY",
  lll: "MMM D, YYYY h:mm A",
  llll: "ddd, MMM D, YYYY h:mm A",
};

/**
 * A time as moment's format tokens say it, in English.
 * @param time milliseconds since 1970
 * @param zone IANA name
 * @throws RangeError for a zone that does not exist
 */
export function formatMoment(time: number, format: string, zone = "UTC"): string {
  return fill(wallOf(time, zone), format);
}

function fill(wall: Wall, format: string): string {
  return format.replaceAll(TOKEN, (token, literal: string | undefined, escaped: string | undefined) => {
    if (literal !== undefined || escaped !== undefined) return literal ?? escaped ?? "";
    const long = LONG[token];
    return long === undefined ? field(wall, token) : fill(wall, long);
  });
}

function wallOf(time: number, zone: string): Wall {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
    timeZoneName: "short",
  });
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, value]));
  const get = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const [year, month, day] = [get("year"), get("month"), get("day")];
  const [hour, minute, second] = [get("hour"), get("minute"), get("second")];
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  const millisecond = ((time % 1000) + 1000) % 1000;
  return {
    year,
    month,
    day,
    hour,
    minute,
    second,
    millisecond,
    time,
    weekday: new Date(asUtc).getUTCDay(),
    offsetMinutes: Math.round((asUtc - (time - millisecond)) / 60_000),
    zone: parts.get("timeZoneName") ?? zone,
  };
}

const pad = (value: number, width: number): string => String(value).padStart(width, "0");

function ordinal(value: number): string {
  const teens = value % 100 >= 11 && value % 100 <= 13;
  return `${value}${teens ? "th" : (["th", "st", "nd", "rd"][value % 10] ?? "th")}`;
}

/** One table row for each token that TOKEN knows. */
function field(wall: Wall, token: string): string {
  const fraction = /^S+$/.test(token)
    ? pad(wall.millisecond, 3).padEnd(9, "0").slice(0, token.length)
    : undefined;
  return fraction ?? dateField(wall, token) ?? weekField(wall, token) ?? timeField(wall, token) ?? token;
}

function dateField(wall: Wall, token: string): string | undefined {
  const { year, month, day } = wall;
  const ofYear = dayOfYear(wall);
  const quarter = Math.ceil(month / 3);
  const fields: Readonly<Record<string, string>> = {
    M: String(month),
    Mo: ordinal(month),
    MM: pad(month, 2),
    MMM: MONTHS[month - 1]!.slice(0, 3),
    MMMM: MONTHS[month - 1]!,
    Q: String(quarter),
    Qo: ordinal(quarter),
    D: String(day),
    Do: ordinal(day),
    DD: pad(day, 2),
    DDD: String(ofYear),
    DDDo: ordinal(ofYear),
    DDDD: pad(ofYear, 3),
    YY: pad(year % 100, 2),
    YYYY: pad(year, 4),
    YYYYY: pad(year, 5),
    YYYYYY: `+${pad(year, 6)}`,
    Y: String(year),
  };
  return fields[token];
}

function weekField(wall: Wall, token: string): string | undefined {
  const { weekday } = wall;
  const name = DAYS[weekday]!;
  const english = weekOf(wall, { first: 0, fourth: 6 });
  const iso = weekOf(wall, { first: 1, fourth: 4 });
  const fields: Readonly<Record<string, string>> = {
    d: String(weekday),
    do: ordinal(weekday),
    dd: name.slice(0, 2),
    ddd: name.slice(0, 3),
    dddd: name,
    e: String(weekday),
    E: String(weekday === 0 ? 7 : weekday),
    w: String(english.week),
    wo: ordinal(english.week),
    ww: pad(english.week, 2),
    W: String(iso.week),
    Wo: ordinal(iso.week),
    WW: pad(iso.week, 2),
    gg: pad(english.year % 100, 2),
    gggg: pad(english.year, 4),
    GG: pad(iso.year % 100, 2),
    GGGG: pad(iso.year, 4),
  };
  return fields[token];
}

function timeField(wall: Wall, token: string): string | undefined {
  const { hour, minute, second, offsetMinutes, time } = wall;
  const half = hour % 12 === 0 ? 12 : hour % 12;
  const count = hour === 0 ? 24 : hour;
  const offset = Math.abs(offsetMinutes);
  const sign = offsetMinutes < 0 ? "-" : "+";
  const [hours, minutes] = [pad(Math.floor(offset / 60), 2), pad(offset % 60, 2)];
  const fields: Readonly<Record<string, string>> = {
    A: hour < 12 ? "AM" : "PM",
    a: hour < 12 ? "am" : "pm",
    H: String(hour),
    HH: pad(hour, 2),
    h: String(half),
    hh: pad(half, 2),
    k: String(count),
    kk: pad(count, 2),
    m: String(minute),
    mm: pad(minute, 2),
    s: String(second),
    ss: pad(second, 2),
    z: wall.zone,
    zz: wall.zone,
    Z: `${sign}${hours}:${minutes}`,
    ZZ: `${sign}${hours}${minutes}`,
    X: String(Math.floor(time / 1000)),
    x: String(time),
  };
  return fields[token];
}

const DAY = 86_400_000;

function dayOfYear({ year, month, day }: Pick<Wall, "year" | "month" | "day">): number {
  return (Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / DAY + 1;
}

/**
 * The week that a date is in, and the year that this week belongs to: that of its day `fourth` (counted as `weekday`).
 * ISO weeks start on Monday and belong to the year of their Thursday; English ones from Sunday to that of their Saturday.
 */
function weekOf(
  { year, month, day, weekday }: Wall,
  { first, fourth }: { readonly first: number; readonly fourth: number },
): { readonly week: number; readonly year: number } {
  const start = Date.UTC(year, month - 1, day) - ((weekday - first + 7) % 7) * DAY;
  const anchor = new Date(start + (fourth - first) * DAY);
  const anchorYear = anchor.getUTCFullYear();
  const week = Math.floor((anchor.getTime() - Date.UTC(anchorYear, 0, 1)) / (7 * DAY)) + 1;
  return { week, year: anchorYear };
}
