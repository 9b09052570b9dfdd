/** Numbers as people read them in a table; what was not measured is `-`. */

const NONE = '-';

/** A whole number with its thousands apart: `12,345`. */
export function count(value: number | null | undefined): string {
  return value == null ? NONE : value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** Bits per second with three digits: `3.10 Mbit/s`. */
export function bitRate(bitsPerSecond: number | null | undefined): string {
  return scaled(bitsPerSecond, 1000, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s']);
}

/** Bytes with three digits: `1.50 MiB`. */
export function bytes(value: number | null | undefined): string {
  return scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']);
}

/** A short time, such as between keyframes: `1.97 s`. */
export function briefTime(seconds: number | null | undefined): string {
  if (seconds == null) return NONE;
  return seconds < 100 ? `${threeDigits(seconds)} s` : span(seconds);
}

/** A long time in its two largest units: `2h 05m`. */
export function span(seconds: number | null | undefined): string {
  if (seconds == null) return NONE;
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [days, hours] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24];
  const [minutes, rest] = [Math.floor(whole / 60) % 60, whole % 60];
  if (days > 0) return `${days}d ${two(hours)}h`;
  if (hours > 0) return `${hours}h ${two(minutes)}m`;
  return minutes > 0 ? `${minutes}m ${two(rest)}s` : `${rest}s`;
}

/** How long ago that was. @param moment - ISO 8601 */
export function age(moment: string | null | undefined, nowMs: number): string {
  return moment == null ? NONE : span((nowMs - Date.parse(moment)) / 1000);
}

/** A part of a whole: `42 %`. */
export function share(part: number, whole: number): string {
  return `${Math.round((100 * part) / whole)} %`;
}

/** The moment by this machine's clock: `18:12:31`, with its date where that is not today's. @param moment - ISO 8601 */
export function clockTime(moment: string, nowMs: number): string {
  const at = new Date(moment);
  if (Number.isNaN(at.getTime())) return NONE;
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  if (at.toDateString() === new Date(nowMs).toDateString()) return time;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

function scaled(value: number | null | undefined, step: number, units: readonly string[]): string {
  if (value == null) return NONE;
  let [size, unit] = [value, 0];
  while (size >= step - 0.5 && unit < units.length - 1) {
    size /= step;
    unit++;
  }
  return `${unit === 0 ? Math.round(size) : threeDigits(size)} ${units[unit]}`;
}

function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value.toFixed(value >= 9.995 ? 1 : 2);
}
