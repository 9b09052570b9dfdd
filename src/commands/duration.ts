const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads a time such as `90s`, `15m`, `2h` or `30d`, in seconds; undefined where it is none, or more than 100 years. */
export function parseDuration(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,10})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (unitSeconds[unit] ?? Number.NaN);
  return seconds > 0 && seconds <= 100 * 365 * 86_400 ? seconds : undefined;
}

/** A time in the two largest of its units, such as `2 hours 5 minutes`. @param seconds - at least 0 */
export function durationText(seconds: number): string {
  const units = [
    { name: 'day', size: 86_400 },
    { name: 'hour', size: 3600 },
    { name: 'minute', size: 60 },
    { name: 'second', size: 1 },
  ];
  let rest = Math.floor(seconds);
  const parts = units.flatMap(({ name, size }) => {
    const count = Math.floor(rest / size);
    rest %= size;
    return count === 0 ? [] : [`${count} ${name}${count === 1 ? '' : 's'}`];
  });
  return parts.slice(0, 2).join(' ') || '0 seconds';
}
