// SPDX-License-Identifier: BSD-3-Clause
//! crosvm-window: maps real files into DAX windows, and looks whether the guest would see them.
#![deny(warnings)]

mod faults;
mod ffi;
mod place;
mod tests;
mod window;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
Usage: crosvm-window [--directory DIR] [TEST...]
Maps real files into DAX windows, and looks whether a guest would see what it should: in all
tests, or in those that are named.

  --directory DIR  Where the files are made (that of temporary files)
  --list           Print the names of the tests
  --touch-lost     Only touch a page that is lost and not contained: SIGBUS ends the program
  --help           Print this

Exit status: 0 if all tests have passed, 1 if one has not, 2 if the command line will not do.";

/// What the command line asks for.
enum Task {
    Help,
    List,
    TouchLost(PathBuf),
    Run(PathBuf, Vec<&'static tests::Test>),
}

fn find_test(name: &str) -> Result<&'static tests::Test, String> {
    let is_it = |test: &&tests::Test| test.name == name;
    tests::ALL
        .iter()
        .find(is_it)
        .ok_or(format!("no test is called '{name}', see --list"))
}

fn read_command_line(arguments: impl Iterator<Item = OsString>) -> Result<Task, String> {
    let mut arguments = arguments;
    let mut directory = env::temp_dir();
    let mut touches_lost = false;
    let mut chosen = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.to_string_lossy().as_ref() {
            "-h" | "--help" => return Ok(Task::Help),
            "--list" => return Ok(Task::List),
            "--touch-lost" => touches_lost = true,
            "--directory" => directory = arguments.next().ok_or("--directory needs a name")?.into(),
            option if option.starts_with('-') => return Err(format!("unknown option '{option}'")),
            name => chosen.push(find_test(name)?),
        }
    }
    if !directory.is_dir() {
        return Err(format!("'{}' is no directory", directory.display()));
    }
    if touches_lost {
        return Ok(Task::TouchLost(directory));
    }
    if chosen.is_empty() {
        chosen.extend(tests::ALL);
    }
    Ok(Task::Run(directory, chosen))
}

/// Runs the tests and prints what came of them, as TAP.
fn run(directory: PathBuf, chosen: &[&tests::Test]) -> ExitCode {
    let place = place::Place::new(directory);
    let mut status = ExitCode::SUCCESS;
    println!("1..{}", chosen.len());
    for (number, test) in (1..).zip(chosen) {
        match (test.run)(&place) {
            Ok(()) => println!("ok {number} - {}", test.name),
            Err(error) => {
                println!("not ok {number} - {}\n# {error}", test.name);
                status = ExitCode::from(1);
            }
        }
    }
    status
}

fn main() -> ExitCode {
    match read_command_line(env::args_os().skip(1)) {
        Ok(Task::Help) => println!("{HELP}"),
        Ok(Task::List) => tests::ALL.iter().for_each(|test| println!("{}", test.name)),
        Ok(Task::TouchLost(directory)) => {
            if let Err(error) = tests::touch_lost(&place::Place::new(directory)) {
                eprintln!("crosvm-window: {error}");
            }
            return ExitCode::from(1);
        }
        Ok(Task::Run(directory, chosen)) => return run(directory, &chosen),
        Err(reason) => {
            eprintln!("crosvm-window: {reason}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
