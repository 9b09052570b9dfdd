import { InvalidArgumentError } from 'commander';

/** A parser for the value of an option, which takes it as it is. @param problemOf - what is wrong with it, as a sentence that begins with "expected" */
export function checked(problemOf: (text: string) => string | undefined): (text: string) => string {
  return (text) => {
    const problem = problemOf(text);
    if (problem !== undefined) throw new InvalidArgumentError(`${capitalized(problem)}.`);
    return text;
  };
}

/** A sentence with its first letter a capital. */
export function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
