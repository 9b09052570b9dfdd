import { InvalidArgumentError } from 'commander';
import { parseDuration } from './duration.ts';

/** A parser for the value of an option, which takes it as it is. @param problemOf - what is wrong with it, as a sentence that begins with "expected" */
export function checked(problemOf: (text: string) => string | undefined): (text: string) => string {
  return (text) => {
    const problem = problemOf(text);
    if (problem !== undefined) throw new InvalidArgumentError(`${capitalized(problem)}.`);
    return text;
  };
}

/** The value of an option that is a time, in seconds. */
export function durationOption(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new InvalidArgumentError('Expected a time such as 60s, 15m, 2h or 30d.');
  return seconds;
}

/** The value of an option that is a number from 1 on. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1 on.');
  return Number(text);
}

/** A sentence with its first letter a capital. */
export function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
