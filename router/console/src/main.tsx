import { render } from 'preact';

import { Store } from './store';
import { App } from './views/App';

const root = document.getElementById('app');
if (root) render(<App store={new Store()} />, root);
