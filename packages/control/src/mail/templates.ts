/** What people are written: all texts of the product's mails, in plain text and in HTML. */
export type MailText = { subject: string; text: string; html: string };

type Letter = {
  subject: string;
  paragraphs: readonly string[];
  action?: { label: string; url: string };
  /** Why they got it, and what to do if it was not them. */
  foot: string;
};

const RESET_MINUTES = 30;
const VERIFY_HOURS = 24;
export const RESET_LIFE_MS = RESET_MINUTES * 60_000;
export const VERIFY_LIFE_MS = VERIFY_HOURS * 3_600_000;

/** @param site where people reach this Orangery, as `https://desk.example.org` */
export function resetMail(site: string, person: { name: string }, token: string): MailText {
  return write(site, {
    subject: 'Choose a new password',
    paragraphs: [
      `Hello ${person.name},`,
      `somebody, hopefully you, has asked for a new password for your desktops at ${hostOf(site)}.`,
      `This link works once, for ${RESET_MINUTES} minutes. When you have chosen a new password, you are signed out everywhere.`,
    ],
    action: { label: 'Choose a new password', url: linkTo(site, 'reset', token) },
    foot: 'Was it not you? Then do nothing: your password stays as it is.',
  });
}

export function verifyMail(site: string, person: { name: string }, token: string): MailText {
  return write(site, {
    subject: 'Is this your address?',
    paragraphs: [
      `Hello ${person.name},`,
      `please confirm that you read mails to this address, for your desktops at ${hostOf(site)}.`,
      `This link works for ${VERIFY_HOURS} hours.`,
    ],
    action: { label: 'Yes, this is my address', url: linkTo(site, 'verify', token) },
    foot: 'Do you not know what this is about? Then do nothing.',
  });
}

/** @param what e.g. `Your password was changed, from Firefox on Linux (10.0.0.7).` */
export function changedMail(site: string, person: { name: string }, what: string): MailText {
  return write(site, {
    subject: 'How you sign in has changed',
    paragraphs: [`Hello ${person.name},`, what],
    action: { label: 'My account', url: `${site}/account` },
    foot: 'Was it not you? Then tell your administrator at once.',
  });
}

export function testMail(site: string): MailText {
  return write(site, {
    subject: 'Mails arrive',
    paragraphs: [`This is a test. Orangery at ${hostOf(site)} can send mails.`],
    foot: 'An administrator has sent it from the console.',
  });
}

/** The secret is in the fragment: no server's log and no other site is told it. */
const linkTo = (site: string, page: string, token: string): string =>
  `${site}/${page}#token=${encodeURIComponent(token)}`;

const hostOf = (site: string): string => new URL(site).host;

function write(site: string, { subject, paragraphs, action, foot }: Letter): MailText {
  const text = [...paragraphs, ...(action === undefined ? [] : [action.url]), foot, `-- \nOrangery, ${site}`];
  const button =
    action === undefined
      ? ''
      : `<p style="margin:24px 0"><a href="${escape(action.url)}" style="background:#bd4f08;color:#ffffff;padding:12px 20px;border-radius:8px;text-decoration:none;display:inline-block">${escape(action.label)}</a></p>
<p style="font-size:13px;color:#665f58">Or open this address:<br>${escape(action.url)}</p>`;
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(subject)}</title></head>
<body style="margin:0;padding:24px;background:#faf8f5;color:#1c1917;font-family:system-ui,sans-serif;font-size:16px;line-height:1.5">
<div style="max-width:520px;margin:0 auto;background:#ffffff;border:1px solid #e9e5df;border-radius:12px;padding:28px">
${paragraphs.map((paragraph) => `<p>${escape(paragraph)}</p>`).join('\n')}
${button}
<p style="font-size:13px;color:#665f58">${escape(foot)}</p>
</div>
<p style="max-width:520px;margin:16px auto;font-size:12px;color:#665f58">Orangery, ${escape(site)}</p>
</body></html>
`;
  return { subject, text: `${text.join('\n\n')}\n`, html };
}

const SIGNS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => SIGNS[sign] ?? sign);
