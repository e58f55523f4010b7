// Periplus in the browser: tells a collecting server what visitors of a page do, in Segment's dialect.
//
//   <script async src="https://collector.example/periplus.js" data-key="KEY"></script>
//
// A call makes a message; the message is kept in localStorage until the server has said that it has it, on this page or on a
// later one, so that neither a busy server nor leaving the page loses it. Its id makes it count once, however often it is sent.
// Nothing is kept or sent against Do Not Track, Global Privacy Control, or a refusal; where consent is required, not before it.
//
// The server takes comments and indentation out before it serves this file: comments have lines of their own, and no text goes
// on over several lines.
(() => {
  const script = document.currentScript || document.querySelector('script[data-key][src*="periplus.js"]');
  const before = window.periplus;
  if (!script || before?.track) return;
  // data-host: another server; data-consent="required"; data-cookie: the domain whose subdomains are to share the visitor's id;
  // data-pages="manual": page views are told by calls of page() alone.
  const { key, host, consent: mode, cookie: domain, pages } = script.dataset;
  const address = new URL('v1/batch', host ? host.replace(/\/*$/, '/') : script.src).href;
  const isUnwanted = navigator.doNotTrack === '1' || navigator.globalPrivacyControl === true;

  const PREFIX = 'periplus.';
  const MESSAGE = 'message.';
  // A session ends after so much inactivity.
  const SESSION_MS = 30 * 60e3;
  // Browsers let 64 KiB be on their way from a page that is left.
  const BATCH_BYTES = 50e3;
  const BATCH_MESSAGES = 100;
  // More do not wait: the oldest are given up.
  const WAITING_MAX = 500;
  const PAUSE_MAX_MS = 300e3;
  // So much is gathered before it is sent.
  const GATHER_MS = 300;

  // A mistake in here is never the page's: what fails is nothing.
  const attempt = (work) => {
    try {
      return work();
    } catch {}
  };
  const on = (target, name, work) => target.addEventListener(name, (event) => attempt(() => work(event)), true);

  // What is kept is kept in localStorage, which tabs share; what that refuses, for as long as the page lives.
  const memory = {};
  const kept = (name) => attempt(() => JSON.parse(memory[name] || localStorage.getItem(PREFIX + name))) || undefined;
  const forget = (name) => {
    delete memory[name];
    attempt(() => localStorage.removeItem(PREFIX + name));
  };
  const keep = (name, value) => {
    const text = JSON.stringify(value);
    try {
      localStorage.setItem(PREFIX + name, text);
      delete memory[name];
    } catch {
      memory[name] = text;
    }
  };
  const names = () =>
    (attempt(() => Object.keys(localStorage)) || [])
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => name.slice(PREFIX.length))
      .concat(Object.keys(memory));
  const setCookie = (value, seconds) => {
    const secure = location.protocol === 'https:' ? ';secure' : '';
    if (domain) document.cookie = `${PREFIX}id=${value};domain=${domain};path=/;max-age=${seconds};samesite=lax${secure}`;
  };
  const cookie = () => (domain && document.cookie.match(/(?:^|; )periplus\.id=([\w-]+)/)?.[1]) || undefined;

  // By hand: pages without TLS have no randomUUID.
  const dice = (digit) => (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16);
  const uuid = () => '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, dice);

  // Where we are, and where from: a page that the application made itself comes from the one before it.
  let referrer = document.referrer;
  let shown;
  const href = () => location.href.split('#')[0];
  const page = () => ({ path: location.pathname, referrer, search: location.search, title: document.title, url: href() });
  const campaign = () => {
    const found = {};
    new URLSearchParams(location.search).forEach((value, name) => {
      if (name.startsWith('utm_') && value) found[name === 'utm_campaign' ? 'name' : name.slice(4)] = value;
    });
    return found;
  };

  // Consent: what the visitor said of each category; `analytics` is ours. `said` is what must not be kept.
  let said = {};
  const preferences = () => kept('consent') || said;
  const isRefused = () => isUnwanted || preferences().analytics === false;
  const isAllowed = () => !isRefused() && (mode !== 'required' || preferences().analytics === true);
  // What is told before the answer waits in here, and nowhere else: messages, who it was, and in which session.
  let held = [];
  let guest;
  let session;
  const wipe = () => {
    names().forEach(forget);
    if (cookie()) setCookie('', 0);
    held = [];
    guest = session = undefined;
  };

  // The visitor: an id of this browser's own, the user id if there is one, and what brought them here first.
  // Other tabs may change it at any time.
  const setVisitor = (visitor) => {
    if (isAllowed()) {
      keep('visitor', visitor);
      if (cookie() !== visitor.anonymousId) setCookie(visitor.anonymousId, 365 * 86400);
    } else guest = visitor;
    return visitor;
  };
  const visitor = () => {
    const known = isAllowed() ? kept('visitor') : guest;
    const shared = cookie();
    if (known && shared === (domain && known.anonymousId)) return known;
    if (known && !shared) return setVisitor(known);
    // On another subdomain they became somebody else, or were met first.
    const firstTouch = known?.firstTouch || { ...campaign(), referrer, url: href(), time: new Date().toISOString() };
    return setVisitor({ anonymousId: shared || uuid(), firstTouch });
  };
  const sessionId = (now) => {
    const last = isAllowed() ? kept('session') : session;
    const current = { id: last && now - last.at < SESSION_MS ? last.id : uuid(), at: now };
    if (isAllowed()) keep('session', current);
    else session = current;
    return current.id;
  };

  // Times of messages differ, so that their order is known.
  let last = 0;
  const tell = (type, fields, where = page()) => {
    if (isRefused()) return;
    last = Math.max(Date.now(), last + 1);
    const { anonymousId, userId, firstTouch } = visitor();
    const message = { type, messageId: `${last}-${uuid()}`, timestamp: new Date(last).toISOString(), anonymousId, userId, ...fields };
    message.context = {
      page: where,
      campaign: campaign(),
      consent: { categoryPreferences: preferences() },
      firstTouch,
      sessionId: sessionId(last),
      locale: navigator.language,
      timezone: attempt(() => Intl.DateTimeFormat().resolvedOptions().timeZone),
      userAgent: navigator.userAgent,
      library: { name: 'periplus-web', version: '1' },
    };
    // As it is now: the page may change what it gave us.
    const copy = JSON.parse(JSON.stringify(message));
    if (isAllowed()) enqueue(copy);
    else held = held.concat(copy).slice(-BATCH_MESSAGES);
  };
  const enqueue = (message) => {
    keep(MESSAGE + message.messageId, message);
    waiting().slice(0, -WAITING_MAX).forEach(forget);
    later(GATHER_MS);
  };

  // Sending: one request at a time, the oldest messages first.
  const flying = new Set();
  let timer;
  let dueAt = 0;
  let failures = 0;
  const waiting = () => names().filter((name) => name.startsWith(MESSAGE)).sort();
  const later = (ms) => {
    // What is to be sent soon does not wait for what is to be sent late, nor does one message after the other put it off.
    const at = Date.now() + ms;
    if (timer && dueAt <= at) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(() => {
      timer = undefined;
      attempt(send);
    }, ms);
  };
  const load = () => {
    const batch = [];
    let bytes = 200;
    for (const name of waiting()) {
      const message = !flying.has(name) && kept(name);
      if (!message) continue;
      bytes += new Blob([JSON.stringify(message)]).size + 1;
      if (batch.length && (bytes > BATCH_BYTES || batch.length === BATCH_MESSAGES)) break;
      batch.push({ name, message });
    }
    const body = JSON.stringify({ writeKey: key, batch: batch.map(({ message }) => message), sentAt: new Date().toISOString() });
    return { batch, body, isSmall: bytes <= BATCH_BYTES };
  };
  const send = () => {
    if (flying.size || !isAllowed()) return;
    const pause = (kept('pause') || 0) - Date.now();
    if (pause > 0 && pause <= PAUSE_MAX_MS) return later(pause);
    const { batch, body, isSmall } = load();
    if (!batch.length) return;
    batch.forEach(({ name }) => flying.add(name));
    // Plain text needs no leave of the server before it is sent.
    const options = { method: 'POST', body, headers: { 'Content-Type': 'text/plain' }, credentials: 'omit', keepalive: isSmall };
    options.signal = window.AbortSignal?.timeout?.(30e3);
    new Promise((resolve) => resolve(fetch(address, options)))
      .catch(() => ({ status: 0 }))
      .then((answer) => attempt(() => answered(answer, batch)));
  };
  const answered = ({ status, headers }, batch) => {
    flying.clear();
    const isHopeless = status >= 400 && status < 500 && ![408, 425, 429].includes(status);
    if (isHopeless) console.warn(`periplus: refused (${status}); is the key right, and may this page use it?`);
    if (isHopeless || (status >= 200 && status < 300)) {
      failures = 0;
      batch.forEach(({ name }) => forget(name));
      if (waiting().length) later(0);
      return;
    }
    const wanted = headers?.get('Retry-After') * 1000;
    const pause = Math.min(wanted > 0 ? wanted : 1000 * 2 ** failures++ * (0.5 + Math.random()), PAUSE_MAX_MS);
    if (!isAllowed()) return;
    keep('pause', Date.now() + pause);
    later(pause);
  };
  // Whether this arrives is never known, so the messages stay, and the next page sends them again.
  const beacon = () => {
    if (!isAllowed()) return;
    const { batch, body } = load();
    if (!batch.length) return;
    batch.forEach(({ name }) => flying.add(name));
    navigator.sendBeacon(address, body);
  };

  // Calls of the page.
  const fill = (id, more) => (id && typeof id === 'object' ? [undefined, id] : [id == null ? undefined : String(id), more]);
  const calls = {
    track: (event, properties = {}) => tell('track', { event, properties }),
    page: (name, properties) => {
      const [title, more] = fill(name, properties);
      tell('page', { name: title, properties: { ...page(), ...more } });
    },
    identify: (id, traits) => {
      const [userId, more = {}] = fill(id, traits);
      if (isRefused()) return;
      const known = visitor();
      // Somebody else at the same browser is another visitor.
      if (userId && known.userId && known.userId !== userId) calls.reset();
      if (userId) setVisitor({ ...visitor(), userId });
      tell('identify', { traits: more });
    },
    group: (id, traits) => {
      const [groupId, more = {}] = fill(id, traits);
      tell('group', { groupId, traits: more });
    },
    alias: (id, previous) => {
      if (isRefused()) return;
      const { userId, anonymousId } = visitor();
      tell('alias', { userId: String(id), previousId: previous || userId || anonymousId });
    },
    reset: () => {
      ['visitor', 'session'].forEach(forget);
      if (cookie()) setCookie('', 0);
      guest = session = undefined;
    },
    consent: (answer) => {
      if (isUnwanted) return;
      said = { ...preferences(), ...answer };
      if (said.analytics === false) wipe();
      // Where nothing is done without consent, there is no need to remember that there is none.
      if (mode !== 'required' || said.analytics === true) {
        keep('consent', said);
        said = {};
      }
      if (!isAllowed()) return;
      if (guest && !kept('visitor')) setVisitor(guest);
      if (session && !kept('session')) keep('session', session);
      guest = session = undefined;
      held.forEach((message) => {
        message.context.consent.categoryPreferences = preferences();
        enqueue(message);
      });
      held = [];
    },
  };
  const api = { push: (...all) => all.forEach((call) => attempt(() => calls[call[0]](...call.slice(1)))) };
  Object.keys(calls).forEach((name) => (api[name] = (...words) => attempt(() => calls[name](...words))));

  // Pages: that which was loaded, and those that an application makes of it.
  let landing;
  let hasMoved = true;
  const arrive = (again) => {
    if (!hasMoved) return;
    hasMoved = false;
    const url = href();
    if (url === shown && !again) return;
    if (!shown) landing = page();
    else if (!again) referrer = shown;
    shown = url;
    if (pages !== 'manual') api.page();
  };
  const watchPages = () => {
    const move = () => {
      hasMoved = true;
      // Applications set the title after the address.
      setTimeout(() => attempt(() => arrive()));
    };
    const push = history.pushState;
    history.pushState = function pushState(...words) {
      push.apply(this, words);
      move();
    };
    on(window, 'popstate', move);
    // Out of the browser's cache, as it was left.
    on(window, 'pageshow', ({ persisted }) => {
      if (!persisted) return;
      flying.clear();
      hasMoved = true;
      arrive(true);
    });
  };

  // Marks: data-periplus="Name" is what happened, data-periplus-size="L" its property `size`.
  const marks = (element) => {
    const found = {};
    Object.entries(element.dataset).forEach(([name, value]) => {
      const own = name.replace(/^periplus(?=.)/, '').replace(/[A-Z]/g, (letter, at) => (at ? '_' : '') + letter.toLowerCase());
      if (/^periplus./.test(name)) found[own] = value;
    });
    return found;
  };
  const watchMarks = () => {
    on(document, 'click', (event) => {
      const path = event.composedPath();
      const element = path.find((node) => node.dataset?.periplus);
      if (!element || element.tagName === 'FORM') return;
      // A click on a label is followed by one on its field.
      const field = path.find((node) => node.tagName === 'LABEL')?.control;
      if (field && !path.includes(field) && element.contains(field)) return;
      calls.track(element.dataset.periplus, { href: path.find((node) => node.tagName === 'A')?.href || undefined, ...marks(element) });
    });
    on(document, 'submit', ({ target: form }) => {
      if (!form.dataset.periplus) return;
      // The names of fields. Values only of those that are marked, and passwords never.
      // A form's own members may be hidden by fields of their names.
      const all = Element.prototype.querySelectorAll.call(form, 'input,select,textarea');
      const fields = [...all].filter((field) => field.name && !/hidden|submit|button|image|reset/.test(field.type));
      const values = {};
      const data = new FormData(form);
      fields.filter((field) => 'periplusValue' in field.dataset && field.type !== 'password').forEach(({ name }) => {
        const texts = data.getAll(name).filter((value) => typeof value === 'string');
        values[name] = texts.length > 1 ? texts : texts[0];
      });
      calls.track(form.dataset.periplus, { ...marks(form), ...values, fields: [...new Set(fields.map(({ name }) => name))] });
    });
  };

  // Web vitals, as https://web.dev/articles/vitals defines them; told once, when the page is hidden or left for the first time.
  const observers = [];
  const vitals = {};
  const observe = (type, take, options) =>
    attempt(() => {
      if (!PerformanceObserver.supportedEntryTypes.includes(type)) return false;
      const observer = new PerformanceObserver((list) => attempt(() => list.getEntries().forEach(take)));
      observer.observe({ type, buffered: true, ...options });
      return observers.push(() => {
        observer.takeRecords().forEach(take);
        observer.disconnect();
      });
    });
  const watchVitals = () => {
    // A page that began in the background was not waited for.
    if (document.visibilityState === 'hidden') return;
    const since = (ms) => Math.max(0, Math.round(ms - (performance.getEntriesByType('navigation')[0]?.activationStart || 0)));
    observe('navigation', (entry) => (vitals.ttfb = since(entry.responseStart)));
    observe('paint', (entry) => entry.name === 'first-contentful-paint' && (vitals.fcp = since(entry.startTime)));
    observe('largest-contentful-paint', (entry) => (vitals.lcp = since(entry.startTime)));
    // The worst window of shifts: less than a second apart, five seconds at most.
    let [sum, from, to] = [0, 0, 0];
    const shift = ({ hadRecentInput, startTime, value }) => {
      if (hadRecentInput) return;
      if (startTime - to < 1000 && startTime - from < 5000) sum += value;
      else [sum, from] = [value, startTime];
      to = startTime;
      vitals.cls = Math.max(vitals.cls, Math.round(sum * 1e4) / 1e4);
    };
    if (observe('layout-shift', shift)) vitals.cls = 0;
    // The slowest interaction, but for one in fifty.
    const interactions = {};
    const interact = ({ interactionId: id, duration }) => {
      if (!id) return;
      interactions[id] = Math.max(interactions[id] || 0, duration);
      const slowest = Object.values(interactions).sort((one, other) => other - one);
      vitals.inp = slowest[Math.min(slowest.length - 1, Math.floor((performance.interactionCount || slowest.length) / 50))];
    };
    observe('event', interact, { durationThreshold: 40 });
    observe('first-input', interact);
  };
  const tellVitals = () => {
    observers.splice(0).forEach((finish) => attempt(finish));
    if (landing && 'fcp' in vitals) tell('track', { event: 'Web Vitals', properties: vitals }, landing);
    landing = undefined;
  };

  const start = () => {
    watchPages();
    watchMarks();
    watchVitals();
    // Before that, the title may not be known.
    if (document.readyState === 'loading') on(document, 'DOMContentLoaded', () => arrive());
    else arrive();
    const leave = () => {
      arrive();
      tellVitals();
    };
    on(document, 'visibilitychange', () => {
      if (document.visibilityState !== 'hidden') return;
      leave();
      send();
    });
    on(window, 'pagehide', () => {
      leave();
      beacon();
    });
    on(window, 'online', () => {
      forget('pause');
      send();
    });
    // What earlier pages could not send.
    later(GATHER_MS);
  };

  window.periplus = api;
  attempt(() => {
    if (isUnwanted) return wipe();
    if (mode === 'required' && !isAllowed()) names().forEach(forget);
    if (Array.isArray(before)) api.push(...before);
    // A page that is only prepared is not seen yet.
    if (document.prerendering) on(document, 'prerenderingchange', start);
    else start();
  });
})();
