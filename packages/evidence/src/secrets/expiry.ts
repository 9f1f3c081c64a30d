const DAY = /^\d{4}-\d\d-\d\d$/;

/** Whether a text is a day of the calendar. */
export function isDay(text: unknown): text is string {
  if (typeof text !== "string" || !DAY.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** A day's end counts, in UTC. */
export function isOver(day: string, now: Date): boolean {
  return now.toISOString().slice(0, 10) > day;
}
