import { exportAudit, listAudit, setAuditSettings, showAuditSettings, verifyAudit } from '@orangery/control';
import { codeOf, messageOf } from '@orangery/std';
import { resolveSyslog } from '../syslog.ts';
import { api, audit, mayAlso, tenantOf } from './base.ts';

export const auditLog = {
  list: api.audit.list.handler(({ context, input }) => {
    // An operator sees all of the installation, until they look into a tenant.
    const all = mayAlso(context, 'installation') && !context.scope.elsewhere;
    return listAudit(context.control, all ? undefined : tenantOf(context), input);
  }),

  export: api.audit.export.handler(({ context, input }) =>
    exportAudit(context.control, input.after, input.limit),
  ),

  verify: api.audit.verify.handler(async ({ context, input }) => {
    const { position, hash } = input;
    const known =
      position === undefined || hash === undefined ? undefined : { position, hash: Buffer.from(hash, 'hex') };
    const { events, anchor, head, fault } = await verifyAudit(context.control, known);
    return {
      holds: fault === undefined,
      events,
      anchor,
      head: { position: head.position, hash: head.hash.toString('hex') },
      fault: fault ?? null,
    };
  }),

  settings: api.audit.settings.handler(({ context }) => showAuditSettings(context.control)),

  configure: api.audit.configure.handler(async ({ context, input, errors }) => {
    const { control } = context;
    if (input.syslog !== null) {
      try {
        await resolveSyslog(input.syslog);
      } catch (error) {
        if (codeOf(error) !== 'notReachable') throw error;
        throw errors.CONFLICT({ message: messageOf(error) });
      }
    }
    const { keepDays, syslog } = input;
    await audit(context, 'audit.configure', { kind: 'installation', id: control.installation.id }, 'done', {
      keepDays,
      syslog: syslog === null ? null : `${syslog.transport} ${syslog.host}:${syslog.port}`,
    });
    await setAuditSettings(control, input);
    return showAuditSettings(control);
  }),
};
