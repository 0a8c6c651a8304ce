//! The `arledger` program; everything is in the library.

fn main() -> std::process::ExitCode {
    ar_cli::main()
}
