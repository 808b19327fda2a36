import { apiErrors } from './errors.ts';
import { maintenanceSchema } from './maintenance.ts';
import { z } from 'zod';
import { machineMeasuresSchema, measuresInput } from './measures.ts';
import { missing, withRight } from './operation.ts';
import { pageOf } from './pages.ts';
import * as s from './schemas.ts';
import { historySchema } from './tasks.ts';

/** Operations on machines, for administrators. */
export const machines = {
  list: withRight
    .route({ method: 'GET', path: '/machines', summary: 'Machines, the newest first' })
    .input(s.machineFilter)
    .output(pageOf(s.machineSchema)),
  show: withRight
    .route({ method: 'GET', path: '/machines/{id}', summary: 'One machine' })
    .errors(missing)
    .input(s.idInput)
    .output(s.machineDetailSchema),
  history: withRight
    .route({
      method: 'GET',
      path: '/machines/{id}/history',
      summary: 'What happened to a machine and why, the latest first',
      description:
        'Each state that it came to, who used it, and, for who may see the audit log, what somebody did to it. For a month.',
    })
    .errors(missing)
    .input(s.idInput)
    .output(z.array(historySchema)),
  measures: withRight
    .route({ method: 'GET', path: '/machines/{id}/measures', summary: 'What a machine did, for charts' })
    .errors(missing)
    .input(measuresInput)
    .output(machineMeasuresSchema),
  failurePicture: withRight
    .route({
      method: 'GET',
      path: '/failures/{id}/picture',
      summary: 'What a machine that failed showed at its end',
    })
    .errors(missing)
    .input(s.idInput)
    .output(s.pictureSchema),
  connect: withRight
    .meta({ looks: true })
    .route({
      method: 'POST',
      path: '/machines/{id}/connect',
      summary: 'A one-time ticket to the console of a machine that nobody works on',
      description:
        'CONFLICT while somebody works on it, or while it shows nothing. Somebody’s own machine wants a reason: FORBIDDEN without ' +
        '`because`. When its person comes, the console closes.',
    })
    .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
    .input(s.pictureInput)
    .output(s.connectSchema),
  picture: withRight
    .route({
      method: 'GET',
      path: '/machines/{id}/picture',
      summary: 'What a machine shows now',
      description: 'FORBIDDEN where somebody works on it, as for sessions.picture.',
    })
    .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
    .input(s.pictureInput)
    .output(s.pictureSchema),
  delete: withRight
    .route({
      method: 'DELETE',
      path: '/machines/{id}',
      summary: 'Throws a machine away; its pool replaces it',
    })
    .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
    .input(s.idInput)
    .output(s.machineSchema),
  maintain: withRight
    .route({
      method: 'POST',
      path: '/machines/{id}/maintenance',
      summary: 'Runs the maintenance of a machine now, whatever its pool’s window says',
      description:
        'A machine that is off is switched on for it, and off again. CONFLICT tells why not: somebody works on it, or it is ' +
        'none that is kept. Again while one runs is harmless: it answers that one.',
    })
    .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
    .input(s.idInput)
    .output(maintenanceSchema),
  stopMaintenance: withRight
    .route({
      method: 'DELETE',
      path: '/machines/{id}/maintenance',
      summary: 'Ends the maintenance of a machine that waits for its moment or runs',
      description: 'NOT_FOUND where there is none.',
    })
    .errors(missing)
    .input(s.idInput)
    .output(maintenanceSchema),
};
