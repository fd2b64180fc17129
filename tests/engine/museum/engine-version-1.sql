-- The database of an engine of the first release, with one job in it. Never changed again.
CREATE TABLE files (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL, expires_at INTEGER, filename TEXT NOT NULL, purpose TEXT NOT NULL,
  status TEXT NOT NULL, status_details TEXT);
CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL,
  finished_at INTEGER, estimated_finish INTEGER, status TEXT NOT NULL, model TEXT NOT NULL,
  fine_tuned_model TEXT, training_file TEXT NOT NULL, validation_file TEXT, suffix TEXT,
  seed INTEGER NOT NULL, trained_tokens INTEGER, n_rows INTEGER, restarts INTEGER NOT NULL,
  hyperparameters TEXT NOT NULL, method TEXT NOT NULL, integrations TEXT NOT NULL,
  metadata TEXT, result_files TEXT NOT NULL, error TEXT);
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  job_id TEXT NOT NULL REFERENCES jobs (id), key TEXT NOT NULL, created_at INTEGER NOT NULL,
  level TEXT NOT NULL, message TEXT NOT NULL, type TEXT NOT NULL, data TEXT,
  UNIQUE (job_id, key));
CREATE TABLE checkpoints (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  job_id TEXT NOT NULL REFERENCES jobs (id), created_at INTEGER NOT NULL, step INTEGER NOT NULL,
  model TEXT NOT NULL, metrics TEXT NOT NULL, UNIQUE (job_id, step));
CREATE TABLE tuned (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, job_id TEXT NOT NULL,
  created_at INTEGER NOT NULL, base TEXT NOT NULL, folder TEXT NOT NULL, kind TEXT NOT NULL);
PRAGMA user_version = 1;
INSERT INTO files VALUES (1, 'file-old', 3, 5, NULL, 'a.jsonl', 'fine-tune', 'processed', NULL);
INSERT INTO jobs VALUES (1, 'ftjob-old', 5, 9, NULL, 'succeeded', 'smollm2-135m-instruct',
  'ft:smollm2-135m-instruct:tunedesk::old', 'file-old', NULL, NULL, 7, 100, 12, 0,
  '{"n_epochs": 1, "batch_size": 4, "learning_rate_multiplier": 1.0}', '{"type": "supervised"}',
  '[]', '{"k": "v"}', '[]', NULL);
INSERT INTO events VALUES (1, 'ftevent-old', 'ftjob-old', 'created', 5, 'info',
  'Created fine-tuning job: ftjob-old', 'message', '{}');
INSERT INTO checkpoints VALUES (1, 'ftckpt_old', 'ftjob-old', 8, 3, 'ft:x:ckpt-step-3',
  '{"step": 3, "train_loss": 1.5}');
