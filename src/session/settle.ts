/**
 * Goes on with an answer: at once when it is there, else when it comes.
 * @param fail - told when there will be none
 */
export function settle<T>(
  answer: T | Promise<T>,
  proceed: (settled: T) => void,
  fail: (error: unknown) => void,
): void {
  if (answer instanceof Promise) answer.then(proceed).catch(fail);
  else proceed(answer);
}
