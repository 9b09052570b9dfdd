/** A name that settings have: one, or in a variable those of a whole path. */
export type KnownName = readonly string[];

/**
 * The known names that a wrong one can be meant for, all as near as each other: letters are missing, too many, wrong or
 * swapped, or its end is missing. Capitals, `-` and `_` do not count.
 */
export function nearestNames<T extends KnownName>(wrong: string, known: readonly T[]): readonly T[] {
  const words = wrong.split(/[-_]/).filter((word) => word !== '');
  const letters = lettersOf(wrong);
  const byDistance = Map.groupBy(known, (names) =>
    letters === lettersOf(names.join('')) ? 0 : distanceTo(words, names),
  );
  const nearest = Math.min(...byDistance.keys());
  return nearest === Infinity ? [] : (byDistance.get(nearest) ?? []);
}

/** ` (did you mean a or b?)`; empty where there is nothing to be meant. */
export function didYouMean(meant: readonly string[]): string {
  const names = meant.join(' or ');
  return names === '' ? '' : ` (did you mean ${names}?)`;
}

/** Of a name that breaks off: farther than any that is misspelt. */
const BROKEN_OFF = 100;

/** How many letters are wrong in all; infinite unless each of the names is near to its part of the words. */
function distanceTo(words: readonly string[], [name = '', ...rest]: KnownName): number {
  const wanted = lettersOf(name);
  if (rest.length === 0) return nameDistance(lettersOf(words.join('')), wanted);
  const counts = Array.from(
    { length: Math.min(words.length - 1, 2 * wanted.length) },
    (_, index) => index + 1,
  );
  const distances = counts.map(
    (count) =>
      editDistance(lettersOf(words.slice(0, count).join('')), wanted) + distanceTo(words.slice(count), rest),
  );
  return Math.min(...distances);
}

function nameDistance(letters: string, wanted: string): number {
  const distance = editDistance(letters, wanted);
  const isBrokenOff = letters.length >= 3 && wanted.startsWith(letters);
  return distance === Infinity && isBrokenOff ? BROKEN_OFF : distance;
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

/** How many letters of a name may be wrong. */
function slack(name: string): number {
  return Math.floor(name.length / 3);
}

/** Letters to change, add, remove or swap to make the name (Damerau and Levenshtein); infinite when they are too many. */
function editDistance(letters: string, name: string): number {
  if (Math.abs(letters.length - name.length) > slack(name)) return Infinity;
  let before: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: name.length + 1 }, (_, length) => length);
  for (let i = 1; i <= letters.length; i++) {
    const row = [i];
    for (let j = 1; j <= name.length; j++) {
      const isSwapped = i > 1 && letters[i - 1] === name[j - 2] && letters[i - 2] === name[j - 1];
      const costs = [
        costAt(last, j - 1) + (letters[i - 1] === name[j - 1] ? 0 : 1),
        costAt(last, j) + 1,
        costAt(row, j - 1) + 1,
        isSwapped ? costAt(before, j - 2) + 1 : Infinity,
      ];
      row.push(Math.min(...costs));
    }
    [before, last] = [last, row];
  }
  const distance = costAt(last, name.length);
  return distance <= slack(name) ? distance : Infinity;
}

function costAt(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
