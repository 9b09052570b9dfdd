import type { Operation } from './operation.ts';

/** What the API of a relay can be asked for, loaded when it is first. */
export async function relayOperations(): Promise<readonly Operation[]> {
  const { operations } = await import('./operations.ts');
  return operations;
}
