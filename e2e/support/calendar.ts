import { execFileSync } from "node:child_process";

/** An event of a calendar. */
export interface Turn {
  summary: string;
  at: string;
  /** Days before it at which people are reminded, negative. */
  reminders: number[];
}

/** A parser of iCalendar (RFC 5545) that is not ours. */
const PARSER = `
import icalendar, json, sys
calendar = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
print(json.dumps([{"summary": str(e["SUMMARY"]), "at": e["DTSTART"].dt.isoformat(),
    "reminders": [a["TRIGGER"].dt.days for a in e.walk("VALARM")]} for e in calendar.walk("VEVENT")]))
`;

/** The events of a calendar. */
export function turns(calendar: string): Turn[] {
  // Debian's own Python, which has Debian's packages.
  return JSON.parse(execFileSync("/usr/bin/python3", ["-c", PARSER], { input: calendar, encoding: "utf8" }));
}
