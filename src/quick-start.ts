/**
 * Has V8 optimise nothing while a command starts: hardly anything runs twice then, and its optimising compilers alone take 10 MB.
 * Imported for its effect, too.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--no-opt');
setFlagsFromString('--no-maglev');

/** From now on what runs often is optimised. To be called before threads are made: each is given its compilers when it begins. */
export function optimize(): void {
  setFlagsFromString('--opt');
  setFlagsFromString('--maglev');
}
