import { z } from 'zod';
import { networkProblem } from '../networks.ts';
import { checkedString } from '../setting-schema.ts';

/** Schema of a list of networks. */
export const networks: z.ZodArray<z.ZodType<string>> = z.array(checkedString(networkProblem, 'network'));
