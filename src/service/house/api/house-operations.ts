import type { Operation } from '../../admin/api/operation.ts';
import type { HouseControl } from '../house-control.ts';

/** What the API of a house can be asked for, loaded when it is first. */
export async function houseOperations(): Promise<readonly Operation<HouseControl>[]> {
  const { operations } = await import('./operations.ts');
  return operations;
}
