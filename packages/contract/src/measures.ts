import { z } from 'zod';
import { idInput } from './schemas.ts';

/** hour: a point each ten seconds; week: one each quarter of an hour. */
export const measuresInput = idInput.extend({ span: z.enum(['hour', 'week']).default('hour') });

const numbers = z.array(z.number());
const common = {
  /** Milliseconds since 1970, rising; all others have a number for each. */
  at: numbers,
  memoryBytes: numbers,
  /** Bytes a second. */
  read: numbers,
  written: numbers,
  received: numbers,
  sent: numbers,
};

export const machineMeasuresSchema = z.object({
  ...common,
  /** Processors of the host that it kept busy: 1.5 is one and a half. */
  cpus: numbers,
  /** Round trip between the browser and its gateway, in milliseconds; null: nobody looked. */
  latencyMs: z.array(z.number().nullable()),
});

export const hostMeasuresSchema = z.object({
  ...common,
  /** Share of all its processors, 0 to 1. */
  cpuBusy: numbers,
  /** Milliseconds that a request to a disk took; null: nobody asked. */
  diskMs: z.array(z.number().nullable()),
});
