import type { ReactElement } from 'react';
import { LookRequests } from './looks/LookRequests.tsx';
import { Messages } from './messages/Messages.tsx';
import classes from './Over.module.css';

/** What others want of a person, over whatever page they look at. */
export function Over(): ReactElement {
  return (
    <div className={classes.stack}>
      <LookRequests />
      <Messages />
    </div>
  );
}
