import { StatusPage } from '../admin/status-page.ts';

/** The status page of a house. */
export const housePage: StatusPage = new StatusPage('house', 'house.html');
