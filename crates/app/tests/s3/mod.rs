//! As much of an S3-compatible store as a cluster uses, with its objects in memory.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};

type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A store at an address of this machine.
pub struct Bucket {
    pub url: String,
    objects: Objects,
}

impl Bucket {
    /// An empty one. With `hangs`, nobody ever gets a part from it; it tells when somebody begins to wait.
    pub fn open(hangs: Option<Sender<()>>) -> Bucket {
        Bucket::with(Objects::default(), hangs)
    }

    /// Another door to the same.
    pub fn of(other: &Bucket, hangs: Option<Sender<()>>) -> Bucket {
        Bucket::with(other.objects.clone(), hangs)
    }

    fn with(objects: Objects, hangs: Option<Sender<()>>) -> Bucket {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = objects.clone();
        std::thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                let (objects, hangs) = (shared.clone(), hangs.clone());
                std::thread::spawn(move || serve(caller, &objects, hangs.as_ref()));
            }
        });
        Bucket { url, objects }
    }

    pub fn put(&self, key: &str, bytes: Vec<u8>) {
        self.objects.lock().unwrap().insert(key.to_owned(), bytes);
    }

    pub fn has(&self, key: &str) -> bool {
        self.objects.lock().unwrap().contains_key(key)
    }

    /// Changes a byte of every object below a folder.
    pub fn damage(&self, folder: &str) {
        for (_, bytes) in self.objects.lock().unwrap().iter_mut().filter(|(key, _)| key.starts_with(folder)) {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }
    }
}

/// Answers one request: get, put, list, and delete many.
fn serve(mut caller: TcpStream, objects: &Objects, hangs: Option<&Sender<()>>) {
    let mut reader = BufReader::new(caller.try_clone().unwrap());
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        match header.to_lowercase().split_once(':') {
            Some(("content-length", value)) => length = value.trim().parse().unwrap(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let (path, query) = target.trim_start_matches('/').split_once('?').unwrap_or((target.trim_start_matches('/'), ""));
    let key = path.replace("%3D", "=");
    let found = |bytes: Vec<u8>| ("200 OK", bytes);
    let (status, bytes) = match (method.as_str(), query) {
        ("PUT", _) => {
            objects.lock().unwrap().insert(key, body);
            found(Vec::new())
        }
        ("POST", "delete") => {
            let body = String::from_utf8(body).unwrap();
            let mut objects = objects.lock().unwrap();
            let mut deleted = String::new();
            for object in body.split("<Key>").skip(1) {
                let object = object.split('<').next().unwrap();
                objects.remove(&format!("{key}/{object}"));
                deleted += &format!("<Deleted><Key>{object}</Key></Deleted>");
            }
            found(format!("<DeleteResult>{deleted}</DeleteResult>").into_bytes())
        }
        ("GET", query) if query.contains("list-type=2") => {
            let prefix = query.split('&').find_map(|pair| pair.strip_prefix("prefix=")).unwrap_or_default().replace("%2F", "/");
            let objects = objects.lock().unwrap();
            let below = objects.iter().filter_map(|(name, bytes)| Some((name.strip_prefix(&format!("{key}/"))?, bytes)));
            let entries = below.filter(|(name, _)| name.starts_with(&prefix)).map(|(name, bytes)| {
                let size = bytes.len();
                format!("<Contents><Key>{name}</Key><Size>{size}</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>e</ETag></Contents>")
            });
            found(format!("<ListBucketResult>{}</ListBucketResult>", entries.collect::<String>()).into_bytes())
        }
        ("GET", _) => {
            if let Some(waiting) = hangs {
                let _ = waiting.send(());
                // The caller is going to die; until then it holds the line.
                let _ = reader.read(&mut [0]);
                return;
            }
            match objects.lock().unwrap().get(&key) {
                Some(bytes) => found(bytes.clone()),
                None => ("404 Not Found", b"<Error><Code>NoSuchKey</Code></Error>".to_vec()),
            }
        }
        _ => ("405 Method Not Allowed", Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nETag: \"e\"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nConnection: close\r\n\r\n",
        bytes.len()
    );
    let _ = caller.write_all(head.as_bytes()).and_then(|()| caller.write_all(&bytes));
}
