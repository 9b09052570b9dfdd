// @ts-check

/** Stands where nothing is known. */
export const UNKNOWN = '–';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A count with its thousands apart. @param {number} number */
export function count(number) {
  return whole.format(number);
}

/** @param {number} number @param {string} one @param {string} [several] */
export function countOf(number, one, several = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : several}`;
}

/** @param {number | null | undefined} rate - bits a second */
export function bitRate(rate) {
  return rate === null || rate === undefined
    ? UNKNOWN
    : scaled(rate, 1000, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s']);
}

/** @param {number} number - bytes */
export function bytes(number) {
  return scaled(number, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);
}

/** A length of time in its two largest units. @param {number} seconds */
export function duration(seconds) {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.max(0, Math.floor(seconds))} s`;
}

/** @param {number | null | undefined} seconds */
export function interval(seconds) {
  return seconds === null || seconds === undefined ? UNKNOWN : `${seconds.toFixed(1)} s`;
}

/** @param {string} at - ISO 8601 */
export function clockTime(at) {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? UNKNOWN : time.toLocaleTimeString('en-GB');
}

/** What puts texts in the order in which people count: cam2 before cam10. @param {string} text */
export function counted(text) {
  return text.replace(/\d+/g, (digits) => digits.padStart(9, '0'));
}

/** @param {number} number @param {number} step @param {readonly string[]} units */
function scaled(number, step, units) {
  let rest = number;
  let unit = 0;
  while (rest >= step && unit < units.length - 1) {
    rest /= step;
    unit++;
  }
  return `${unit === 0 || rest >= 100 ? whole.format(rest) : rest.toFixed(1)} ${units[unit]}`;
}
