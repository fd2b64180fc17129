"""Examples as others write them: recognised, turned into OpenAI's rows, and written back.

Pure functions over bytes, text and values; files are opened in `store`, use cases are in
`services.importing` and `services.exporting`. What happened to a row is said in notes (code and
parameters), so that the window can say it in its own language.
"""
