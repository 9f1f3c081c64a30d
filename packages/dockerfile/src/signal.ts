import { DockerfileError } from "./error.ts";
import { quote } from "./quote.ts";
import { didYouMean } from "./suggest.ts";

/** Linux's signals, without SIG. */
const SIGNALS: readonly string[] = (
  "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM " +
  "TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ"
).split(" ");

const REAL_TIME = /^RTMIN(\+([1-9]|1[0-5]))?$|^RTMAX(-([1-9]|1[0-4]))?$/;
const LAST = 64;

/** Refuses what is neither a signal's name, with or without SIG, nor its number. */
export function checkSignal(text: string): void {
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  const name = text.toUpperCase().replace(/^SIG/, "");
  if ((number > 0 && number <= LAST) || SIGNALS.includes(name) || REAL_TIME.test(name)) return;
  const options = SIGNALS.map((signal) => `SIG${signal}`);
  throw new DockerfileError(
    "invalid-value",
    `STOPSIGNAL: expected a signal such as SIGTERM or 9, found ${quote(text)}${didYouMean(text, options)}`,
  );
}
